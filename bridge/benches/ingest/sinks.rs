//! What the bridge sends to, in the bench's own process: it takes everything and looks at nothing.

use std::future::IntoFuture;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::rivals::Outcome;

/// The largest request: more than one of the bridge can have.
const LARGEST_REQUEST: usize = 16 << 20;

/// A remote-write server that answers as Prometheus does, and a mail server. Both end when dropped.
pub struct Sinks {
    remote_write: SocketAddr,
    smtp: SocketAddr,
    _running: JoinSet<()>,
}

impl Sinks {
    /// Starts both.
    pub async fn start() -> Outcome<Self> {
        let (http, mails) = (listener().await?, listener().await?);
        let (remote_write, smtp) = (http.local_addr()?, mails.local_addr()?);
        let takes = post(|body: Bytes| async move {
            drop(body);
            StatusCode::NO_CONTENT
        });
        let router = Router::new().route("/api/v1/write", takes);
        let router = router.layer(DefaultBodyLimit::max(LARGEST_REQUEST));
        let mut running = JoinSet::new();
        running.spawn(async move {
            // It ends with the bench.
            let _ = axum::serve(http, router).into_future().await;
        });
        running.spawn(async move {
            while let Ok((client, _)) = mails.accept().await {
                tokio::spawn(take_mails(client));
            }
        });
        Ok(Self {
            remote_write,
            smtp,
            _running: running,
        })
    }

    /// Where readings go.
    pub fn remote_write_url(&self) -> String {
        format!("http://{}/api/v1/write", self.remote_write)
    }

    /// Where mails go.
    pub fn smtp_url(&self) -> String {
        format!("smtp://{}", self.smtp)
    }
}

async fn listener() -> Outcome<TcpListener> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?)
}

/// SMTP as far as a client needs it to be rid of its mails; ends with the connection.
async fn take_mails(client: TcpStream) -> Option<()> {
    let (read, mut write) = client.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink\r\n").await.ok()?;
    let mut is_mail = false;
    while let Some(line) = lines.next_line().await.ok()? {
        let answer: &[u8] = match (is_mail, line.as_str()) {
            (true, ".") => b"250 taken\r\n",
            (true, _) => continue,
            (false, "DATA") => b"354 go on\r\n",
            (false, "QUIT") => b"221 bye\r\n",
            (false, _) => b"250 ok\r\n",
        };
        is_mail = answer.starts_with(b"354");
        write.write_all(answer).await.ok()?;
    }
    Some(())
}
