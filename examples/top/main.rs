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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use flink_state_backend::{Backend, Options, FIGURES_FILE};

    use super::*;

    fn publish(folder: &Path, process: u32, at: Duration, rows: u32, rate: f64) {
        let text = format!(
            r#"{{"process":{process},"library":"9.9.9","written_at_millis":{},"interval_millis":1000,
                "statistics":{{"rows_written":{rows},"writes_per_second":{rate},"reads_per_second":null,"write_latency_ms":[1,0.0125,7.5,9]}},
                "pressure":{{"effective":0.85}},"credits":{{"limit":2000}}}}"#,
            at.as_millis()
        );
        fs::write(folder.join(FIGURES_FILE), text).expect("writes");
    }

    fn shown(history: &History) -> String {
        picture(history, 120, screen::HEIGHT).expect("draws")
    }

    #[test]
    fn figures_are_shown_with_their_units() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut history = History::of(folder.path().to_owned());
        publish(folder.path(), 77, now(), 10, 1234.0);
        history.look(now()).expect("reads");
        let picture = shown(&history);
        for text in ["process 77, library 9.9.9", "1.2 k/s", "12.5 us", "7.5 ms", "0.85", "2.0 k"] {
            assert!(picture.contains(text), "no {text} in\n{picture}");
        }
        let reads = picture.lines().find(|line| line.contains("reads ")).expect("a row");
        assert!(reads.contains(" - "), "what was not measured is shown as a number: {reads}");
    }

    #[test]
    fn the_past_grows_with_each_new_file_and_ends_with_the_process() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut history = History::of(folder.path().to_owned());
        for second in 1..=3 {
            publish(folder.path(), 77, Duration::from_secs(second), 10, 100.0);
            history.look(now()).expect("reads");
            history.look(now()).expect("reads");
        }
        let rate = "statistics.writes_per_second";
        assert_eq!(history.series(rate), [Some(100.0); 3]);
        publish(folder.path(), 78, Duration::from_secs(4), 11, 5.0);
        history.look(now()).expect("reads");
        assert_eq!(history.series(rate), [Some(5.0)]);
        publish(folder.path(), 78, Duration::from_secs(5), 1, 6.0);
        history.look(now()).expect("reads");
        assert_eq!(history.series(rate), [Some(6.0)]);
    }

    #[test]
    fn a_process_that_is_silent_or_gone_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut history = History::of(folder.path().to_owned());
        history.look(now()).expect("looks");
        assert!(shown(&history).contains("waiting for a process"));
        publish(folder.path(), 77, Duration::from_secs(1), 10, 100.0);
        history.look(Duration::from_secs(2)).expect("reads");
        assert!(history.state(Duration::from_secs(2)).1);
        history.look(Duration::from_secs(9)).expect("reads");
        let (sentence, is_live) = history.state(Duration::from_secs(9));
        assert_eq!((sentence.as_str(), is_live), ("process 77 has published nothing for 8 s", false));
    }

    #[test]
    fn a_damaged_file_is_told_of() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut history = History::of(folder.path().to_owned());
        fs::write(folder.path().join(FIGURES_FILE), "{").expect("writes");
        assert!(history.look(now()).is_err());
        assert!(shown(&history).contains("the figures cannot be read"));
    }

    #[test]
    fn every_figure_is_one_that_a_backend_publishes() {
        let folder = tempfile::tempdir().expect("a folder");
        let backend = Backend::open(Options::new(folder.path().display().to_string()), None).expect("opens");
        let pool =
            flink_state_backend::credit::Pool::new(10, 1, Box::new(flink_state_backend::credit::SystemClock::new()));
        let _attachment = backend.attach(&pool.expect("valid")).expect("not attached");
        backend.publish_figures(Duration::ZERO).expect("publishes");
        let text = fs::read(folder.path().join(FIGURES_FILE)).expect("is there");
        let published: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        for panels::Row(label, place, _) in panels::PANELS.iter().flatten().flat_map(|panel| panel.rows) {
            assert!(published.pointer(&format!("/{}", place.replace('.', "/"))).is_some(), "{label}: no {place}");
        }
    }
}
