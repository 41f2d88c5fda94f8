//! Draws a history.

use std::time::Duration;

use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Sparkline};
use ratatui::Frame;

use crate::history::History;
use crate::panels::{Panel, Row, Unit, PANELS};

/// Rows that everything needs.
pub const HEIGHT: u16 = 26;
/// Columns of labels and of numbers.
const LABEL: u16 = 18;
const NUMBER: u16 = 10;

/// Draws everything.
pub fn draw(frame: &mut Frame, history: &History, now: Duration) {
    let heights = PANELS.iter().map(|pair| Constraint::Length(height(pair)));
    let areas = Layout::vertical([Constraint::Length(2)].into_iter().chain(heights)).split(frame.area());
    draw_head(frame, areas[0], history, now);
    for (pair, area) in PANELS.iter().zip(&areas[1..]) {
        let halves = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).split(*area);
        pair.iter().zip(halves.iter()).for_each(|(panel, half)| draw_panel(frame, *half, panel, history));
    }
}

fn height(pair: &[Panel; 2]) -> u16 {
    let rows = pair.iter().map(|panel| panel.rows.len()).max().unwrap_or_default();
    rows as u16 + 2
}

fn draw_head(frame: &mut Frame, area: Rect, history: &History, now: Duration) {
    let (state, is_live) = history.state(now);
    let color = if is_live { Color::Green } else { Color::Yellow };
    let folder = Span::styled(history.folder().display().to_string(), Style::new().add_modifier(Modifier::BOLD));
    let lines = vec![Line::from(folder), Line::styled(state, color)];
    frame.render_widget(Paragraph::new(lines), area);
    frame.render_widget(Line::from("q: quit").right_aligned(), area);
}

fn draw_panel(frame: &mut Frame, area: Rect, panel: &Panel, history: &History) {
    let block = Block::bordered().title(format!(" {} ", panel.title));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    for (row, area) in panel.rows.iter().zip(inner.rows()) {
        draw_row(frame, area, row, history);
    }
}

fn draw_row(frame: &mut Frame, area: Rect, &Row(label, place, unit): &Row, history: &History) {
    let columns = [Constraint::Length(LABEL), Constraint::Length(NUMBER), Constraint::Length(1), Constraint::Fill(1)];
    let [name, number, _, chart] = Layout::horizontal(columns).areas(area);
    let series = history.series(place);
    let last = series.last().copied().flatten();
    let text = last.map_or_else(|| "-".to_owned(), |last| unit.text(last));
    frame.render_widget(Line::from(label), name);
    frame.render_widget(Line::styled(text, color(unit, last)).right_aligned(), number);
    let shown = series.len().saturating_sub(usize::from(chart.width));
    draw_past(frame, chart, &series[shown..], unit);
}

/// A column for each reading; one that was not measured is empty.
fn draw_past(frame: &mut Frame, area: Rect, series: &[Option<f64>], unit: Unit) {
    const STEPS: f64 = 1000.0;
    let highest = series.iter().flatten().copied().fold(0.0, f64::max);
    let full = unit.full().unwrap_or(highest).max(f64::MIN_POSITIVE);
    let heights = series.iter().map(|number| number.map(|number| (number / full * STEPS).round() as u64));
    let chart = Sparkline::default().data(heights).max(STEPS as u64).style(Color::Cyan);
    frame.render_widget(chart, area);
}

/// Shares are coloured by what pressure is called at them.
fn color(unit: Unit, number: Option<f64>) -> Color {
    match (unit, number) {
        (_, None) => Color::DarkGray,
        (Unit::Share, Some(share)) if share >= 0.8 => Color::Red,
        (Unit::Share, Some(share)) if share >= 0.6 => Color::Yellow,
        _ => Color::Reset,
    }
}
