//! A dashboard in the terminal: the figures that a process publishes for its state folder, once a second, with their recent past.
//!
//! ```text
//! top FOLDER           live, until q is pressed
//! top --once FOLDER    one picture, as plain text
//! ```
//!
//! The process that has the folder open publishes: `fsb_backend_publish_figures`, `PublishFigures`, `Backend::publish_figures`.

mod figures;
mod history;
mod panels;
mod screen;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::{DefaultTerminal, Terminal};

use history::History;

const USAGE: &str = "usage: top [--once] FOLDER\nFOLDER is a data folder whose process publishes its figures";
/// How often the folder is looked at: the file itself changes at the pace of the process that writes it.
const LOOK: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("top: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let once = arguments.first().is_some_and(|first| first == "--once");
    if once {
        arguments.remove(0);
    }
    let [folder] = <[_; 1]>::try_from(arguments).map_err(|_| USAGE.to_owned())?;
    let mut history = History::of(PathBuf::from(folder));
    if !history.folder().is_dir() {
        return Err(format!("'{}' is not a folder\n{USAGE}", history.folder().display()));
    }
    if once {
        return print_once(&mut history);
    }
    let mut terminal = ratatui::try_init().map_err(|failure| format!("the terminal cannot be drawn on: {failure}"))?;
    let ended = watch(&mut terminal, &mut history);
    ratatui::restore();
    ended.map_err(|failure| failure.to_string())
}

fn print_once(history: &mut History) -> Result<(), String> {
    history.look(now()).map_err(|failure| failure.to_string())?;
    print!("{}", picture(history, 100, screen::HEIGHT).map_err(|failure| failure.to_string())?);
    Ok(())
}

fn watch(terminal: &mut DefaultTerminal, history: &mut History) -> std::io::Result<()> {
    loop {
        // What cannot be read shows as such on the screen.
        history.look(now()).unwrap_or_default();
        terminal.draw(|frame| screen::draw(frame, history, now()))?;
        if event::poll(LOOK)? && is_farewell(&event::read()?) {
            return Ok(());
        }
    }
}

fn is_farewell(event: &Event) -> bool {
    let Event::Key(key) = event else { return false };
    let is_interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    key.kind == KeyEventKind::Press && (matches!(key.code, KeyCode::Char('q') | KeyCode::Esc) || is_interrupt)
}

/// What the screen shows, as text.
fn picture(history: &History, width: u16, height: u16) -> Result<String, std::convert::Infallible> {
    let mut terminal = Terminal::new(TestBackend::new(width, height))?;
    terminal.draw(|frame| screen::draw(frame, history, now()))?;
    let buffer = terminal.backend().buffer();
    let rows = buffer.content().chunks(usize::from(width));
    let lines = rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>());
    Ok(lines.map(|line| format!("{}\n", line.trim_end())).collect())
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
