//! Answers `GET /metrics`, and nothing else, over HTTP/1.1.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, warn};

use super::Page;
use crate::log_throttle::LogThrottle;

/// Requests that are answered at the same time; further ones wait.
const TOGETHER: usize = 8;
/// Time for a request and its answer.
const REQUEST_TIME: Duration = Duration::from_secs(5);
/// The longest head of a request.
const HEAD_BYTES: usize = 8 << 10;
/// Pause after a failed accept.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// Failed accepts are logged so often in so much time.
const FAILURES_LOGGED: u32 = 3;
const FAILURES_LOGGED_EVERY: Duration = Duration::from_secs(60);

/// Serves until it is dropped.
pub(crate) async fn serve(listener: TcpListener, page: Arc<Page>) {
    let turns = Arc::new(Semaphore::new(TOGETHER));
    let mut failures = LogThrottle::new(FAILURES_LOGGED, FAILURES_LOGGED_EVERY);
    loop {
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let page = Arc::clone(&page);
                tokio::spawn(async move {
                    if let Err(why) = timeout(REQUEST_TIME, answer(stream, &page)).await {
                        debug!(%peer, "no request for metrics: {why}");
                    }
                    drop(turn);
                });
            }
            Err(error) => {
                if let Some(held_back) = failures.occurred(Instant::now()) {
                    warn!("a connection for metrics could not be accepted: {error}{held_back}");
                }
                sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

/// One request, one answer.
async fn answer(mut stream: TcpStream, page: &Page) -> std::io::Result<()> {
    let mut head = Vec::with_capacity(512);
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        if head.len() >= HEAD_BYTES || stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let (status, kind, body) = respond(&head, page);
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await
}

fn respond(head: &[u8], page: &Page) -> (&'static str, &'static str, Vec<u8>) {
    const TEXT: &str = "text/plain; charset=utf-8";
    if !is_for_metrics(head) {
        return (
            "404 Not Found",
            TEXT,
            b"There is only GET /metrics.\n".to_vec(),
        );
    }
    match page.render() {
        Ok(body) => ("200 OK", "text/plain; version=0.0.4; charset=utf-8", body),
        Err(error) => {
            let why = format!("The page cannot be made: {error}\n");
            ("500 Internal Server Error", TEXT, why.into_bytes())
        }
    }
}

fn is_for_metrics(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let mut words = line.split(|byte| *byte == b' ');
    let path = (words.next() == Some(b"GET"))
        .then(|| words.next())
        .flatten();
    let path = path.and_then(|path| path.split(|byte| *byte == b'?').next());
    path == Some(b"/metrics")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_metrics_are_asked_for() {
        for head in ["GET /metrics HTTP/1.1\r\n", "GET /metrics?x=1 HTTP/1.0\r\n"] {
            assert!(is_for_metrics(head.as_bytes()), "{head}");
        }
        for head in [
            "POST /metrics HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\n",
            "",
            "GET",
        ] {
            assert!(!is_for_metrics(head.as_bytes()), "{head}");
        }
    }
}
