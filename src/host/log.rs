//! The debug log.

use super::screen::Screen;
use std::io::{self, Write};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, fmt};

/// Logs to a stream: our own targets from debug on, others from warnings on, because lower SDK logs may hold tokens.
pub fn start(screen: &Screen) {
    let targets = Targets::new().with_target(env!("CARGO_PKG_NAME"), Level::DEBUG).with_default(Level::WARN);
    let screen = screen.clone();
    let layer = fmt::layer().with_ansi(screen.is_colored()).with_writer(move || LogWriter(screen.clone()));
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(targets));
    // A second start changes nothing.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Receives one whole entry per write.
struct LogWriter(Screen);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(&String::from_utf8_lossy(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
