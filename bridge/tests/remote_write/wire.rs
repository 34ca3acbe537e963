//! A network on which connections can be cut, held up and refused: between the bridge and its mail server.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Of what is encrypted only the length shows: no command but the mail itself is longer.
const LONGER_THAN_ANY_COMMAND: usize = 4_000;

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// They hold.
    Fine,
    /// New ones are closed at once.
    Refuses,
    /// Nothing passes any more.
    Hangs,
    /// They are cut once the client has sent so many bytes.
    CutsAfter(usize),
    /// They are cut where the server would say that it has taken the mail.
    CutsTheAnswer,
    /// Nothing passes any more once the server has said that it has taken the mail.
    HangsAfterTheAnswer,
}

/// The network before one server.
pub struct Wire {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    carrying: JoinHandle<()>,
}

impl Wire {
    /// One to that server, in fine weather.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (weather, seen) = watch::channel(Weather::Fine);
        let carrying = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server, seen.clone()));
            }
        });
        Self {
            address,
            weather,
            carrying,
        }
    }

    /// Where the server seems to listen.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The weather turns. What was under way is cut, but for what goes on in the same weather.
    pub fn turns(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

/// Carries a connection until one side closes it, the weather cuts it, or the weather turns.
async fn carry(
    client: TcpStream,
    server: SocketAddr,
    mut weather: watch::Receiver<Weather>,
) -> Option<()> {
    let now = *weather.borrow_and_update();
    if now == Weather::Refuses {
        return None;
    }
    let carried = async {
        if now == Weather::Hangs {
            return std::future::pending().await;
        }
        let server = TcpStream::connect(server).await.ok()?;
        exchange(client, server, now).await
    };
    tokio::select! {
        carried = carried => carried,
        _ = weather.changed() => None,
    }
}

async fn exchange(client: TcpStream, server: TcpStream, weather: Weather) -> Option<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let mut sent = 0;
    loop {
        tokio::select! {
            read = read_some(&mut from_client, &mut up) => sent += read?,
            read = read_some(&mut from_server, &mut down) => drop(read?),
        }
        match weather {
            Weather::CutsAfter(bytes) if sent >= bytes => {
                // Some of what would have passed still does.
                let rest = up.len().saturating_sub(sent - bytes);
                up.truncate(rest);
                return pass_on(&mut to_server, &mut up).await;
            }
            Weather::CutsTheAnswer if sent > LONGER_THAN_ANY_COMMAND && !down.is_empty() => {
                return None;
            }
            _ => {}
        }
        let is_answer = sent > LONGER_THAN_ANY_COMMAND && !down.is_empty();
        pass_on(&mut to_server, &mut up).await?;
        pass_on(&mut to_client, &mut down).await?;
        if weather == Weather::HangsAfterTheAnswer && is_answer {
            return std::future::pending().await;
        }
    }
}

/// Reads what is there; `None` at the end.
async fn read_some(from: &mut (impl AsyncRead + Unpin), into: &mut Vec<u8>) -> Option<usize> {
    let read = from.read_buf(into).await.ok()?;
    (read > 0).then_some(read)
}

async fn pass_on(to: &mut (impl AsyncWrite + Unpin), bytes: &mut Vec<u8>) -> Option<()> {
    to.write_all(bytes).await.ok()?;
    bytes.clear();
    Some(())
}
