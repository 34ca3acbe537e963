//! Asks the broker whether a password is right: connects with it, and leaves.
//!
//! MQTT is spoken by hand here, so that the connection can come from the address of strangers (see
//! [`broker_stream`]): the library's come from the bridge's own.

use std::time::Duration;

use bytes::BytesMut;
use releve_access::Access;
use releve_protocol::NodeId;
use rumqttc::v5::mqttbytes::Error;
use rumqttc::v5::mqttbytes::v5::{
    Connect, ConnectReturnCode, Disconnect, DisconnectReasonCode, Login, Packet,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::options::KEEP_ALIVE;
use crate::broker_stream::{self, Bytes};

/// The longest time that the broker may take: it checks passwords slowly, and in turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the broker may take to close the connection after the goodbye.
const FAREWELL: Duration = Duration::from_millis(500);
/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: u32 = 16 << 10;
/// The longest name or password that MQTT can carry, in bytes.
const LONGEST_TEXT: usize = u16::MAX as usize;

/// What the broker says.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It lets the user in.
    Right,
    /// It does not.
    Wrong,
    /// Too many have failed: it does not look at this one yet.
    TooSoon,
    /// It cannot be asked; why.
    NotAsked(String),
}

/// Whether the broker lets that user in, on behalf of the bridge `id`.
pub async fn check(id: &NodeId, broker: Access, user: String, password: String) -> Verdict {
    if user.len() > LONGEST_TEXT || password.len() > LONGEST_TEXT {
        return Verdict::Wrong;
    }
    // A name that no other client has: one of the same name would be cut off.
    let client_id = format!("releve-bridge-{id}-check-{:016x}", rand::random::<u64>());
    let asked = timeout(PATIENCE, ask(&broker, client_id, user, password)).await;
    match asked.unwrap_or_else(|_| Err("it does not answer".to_owned())) {
        Ok((ConnectReturnCode::Success, stream)) => {
            leave(stream).await;
            Verdict::Right
        }
        Ok((code, _)) => match code {
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized => {
                Verdict::Wrong
            }
            ConnectReturnCode::ConnectionRateExceeded => Verdict::TooSoon,
            other => Verdict::NotAsked(format!("it answers {other:?}")),
        },
        Err(reason) => Verdict::NotAsked(reason),
    }
}

/// The broker's answer, and the connection on which it came.
async fn ask(
    broker: &Access,
    client_id: String,
    username: String,
    password: String,
) -> Result<(ConnectReturnCode, Box<dyn Bytes>), String> {
    let mut stream = broker_stream::connect(broker).await?;
    let connect = Connect {
        keep_alive: u16::try_from(KEEP_ALIVE.as_secs()).unwrap_or(u16::MAX),
        client_id,
        clean_start: true,
        properties: None,
    };
    let login = Login { username, password };
    send(&mut stream, &Packet::Connect(connect, None, Some(login))).await?;
    let mut input = BytesMut::new();
    loop {
        match Packet::read(&mut input, Some(LONGEST_ANSWER)) {
            Ok(Packet::ConnAck(answer)) => return Ok((answer.code, stream)),
            Ok(_) => return Err("it does not answer as a broker does".to_owned()),
            Err(Error::InsufficientBytes(_)) => {}
            Err(error) => return Err(error.to_string()),
        }
        let read = stream.read_buf(&mut input).await;
        if read.map_err(|error| error.to_string())? == 0 {
            return Err("it closed the connection".to_owned());
        }
    }
}

async fn send(stream: &mut Box<dyn Bytes>, packet: &Packet) -> Result<(), String> {
    let mut bytes = BytesMut::new();
    packet
        .write(&mut bytes, None)
        .map_err(|error| error.to_string())?;
    let sent = async {
        stream.write_all(&bytes).await?;
        stream.flush().await
    };
    sent.await.map_err(|error| error.to_string())
}

async fn leave(mut stream: Box<dyn Bytes>) {
    let goodbye = Packet::Disconnect(Disconnect::new(DisconnectReasonCode::NormalDisconnection));
    let leaving = async {
        send(&mut stream, &goodbye).await?;
        let mut rest = BytesMut::new();
        while let Ok(1..) = stream.read_buf(&mut rest).await {
            rest.clear();
        }
        Ok::<_, String>(())
    };
    // A broker that does not close is left alone.
    let _ = timeout(FAREWELL, leaving).await;
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use releve_broker::users::{NewUser, UserFile};
    use rumqttc::v5::{AsyncClient, MqttOptions};

    use super::*;

    const PASSWORD: &str = "correct horse";

    async fn broker(folder: &tempfile::TempDir) -> releve_broker::Broker {
        let users = folder.path().join("users.toml");
        let mut file = UserFile::open(&users).expect("a new file");
        let user = NewUser {
            name: "anna",
            role: Some("viewer"),
            id: None,
            password: PASSWORD,
            for_mosquitto: false,
        };
        file.set(&user).expect("a possible user");
        file.save().expect("saved");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = releve_broker::Config {
            users: Some(users),
            ..releve_broker::Config::new(any)
        };
        releve_broker::start(config).await.expect("it starts")
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_guesses_at_the_bridge_makes_nobody_else_wait() {
        let folder = tempfile::tempdir().expect("a folder");
        let broker = broker(&folder).await;
        let id = "main".parse().expect("an id");
        let ask = async |password: &str| {
            let access = Access::from(broker.tcp_addr());
            check(&id, access, "anna".to_owned(), password.to_owned()).await
        };
        assert_eq!(ask(PASSWORD).await, Verdict::Right);
        for _ in 0..3 {
            assert_eq!(ask("a guess of mine").await, Verdict::Wrong);
        }
        assert_eq!(ask(PASSWORD).await, Verdict::TooSoon);
        // The same user, beside the bridge.
        let mut options = MqttOptions::new("page", "127.0.0.1", broker.tcp_addr().port());
        options.set_credentials("anna", PASSWORD);
        let (_client, mut event_loop) = AsyncClient::new(options, 1);
        event_loop.poll().await.expect("let in");
        let long = "x".repeat(LONGEST_TEXT + 1);
        assert_eq!(ask(&long).await, Verdict::Wrong);
        broker.stop().await;
    }

    #[tokio::test]
    async fn who_is_no_broker_is_not_asked() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("an address");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            use std::io::Write;
            for answer in [&b""[..], b"HTTP/1.1 400 Bad Request\r\n\r\n"] {
                let (mut stream, _) = listener.accept().expect("accepted");
                stream.write_all(answer).expect("written");
            }
        });
        let id = "main".parse().expect("an id");
        for _ in 0..2 {
            let access = Access::from(address);
            let verdict = check(&id, access, "anna".to_owned(), PASSWORD.to_owned()).await;
            assert!(matches!(verdict, Verdict::NotAsked(_)), "{verdict:?}");
        }
    }
}
