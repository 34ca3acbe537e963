//! One user cannot take every place.

use super::metrics::figure;
use super::support::users::{UsersFixture, password};
use super::support::{Connect, Fixture, eventually};

fn login(level: u8, user: &str, id: &str) -> Connect {
    let connect = Connect::v5(id).login(user, &password(user));
    Connect { level, ..connect }
}

/// For a session that stays.
fn staying(user: &str, id: &str) -> Connect {
    let connect = login(5, user, id);
    Connect {
        flags: connect.flags & !2,
        properties: vec![0x11, 0, 0, 0, 60],
        ..connect
    }
}

struct Stage {
    broker: Fixture,
    _users: UsersFixture,
}

impl Stage {
    /// A broker of which one user may have two connections, one absent session and one log.
    fn new() -> Self {
        let users = UsersFixture::new();
        let broker = Fixture::with(|config| {
            users.configure(config);
            config.metrics = Some("127.0.0.1:0".parse().unwrap());
            config.limits.connections_of_a_user = 2;
            config.limits.parked_sessions_of_a_user = 1;
            config.limits.filter_logs_of_a_user = 1;
        });
        Self {
            broker,
            _users: users,
        }
    }

    fn counted(&self, series: &str, count: u64) {
        let metrics = self.broker.broker().metrics_addr().unwrap();
        eventually(&format!("{series} {count}"), || {
            figure(metrics, series) == Some(count)
        });
    }
}

#[test]
fn connections() {
    let stage = Stage::new();
    let broker = &stage.broker;
    let first = broker.client(&login(5, "anna", "1"));
    let _second = broker.client(&login(4, "anna", "2"));
    assert_eq!(broker.connack(&login(5, "anna", "3")), 0x97);
    assert_eq!(broker.connack(&login(4, "anna", "3")), 3);
    let refused = "releve_broker_connections_refused_total{reason=\"user_places\"}";
    stage.counted(refused, 2);
    let _other = broker.client(&login(5, "otto", "1"));
    drop(first);
    stage.counted("releve_broker_clients", 2);
    broker.client(&login(5, "anna", "3"));
}

#[test]
fn absent_sessions() {
    let stage = Stage::new();
    for (user, id, kept, lost) in [
        ("anna", "1", 1, 0),
        ("anna", "2", 1, 1),
        ("otto", "1", 2, 1),
    ] {
        drop(stage.broker.client(&staying(user, id)));
        stage.counted("releve_broker_sessions_absent", kept);
        stage.counted("releve_broker_dropped_total{reason=\"session\"}", lost);
    }
}

#[test]
fn filters_with_a_log_of_their_own() {
    let stage = Stage::new();
    let mut anna = stage.broker.client(&login(5, "anna", "1"));
    let mut otto = stage.broker.client(&login(5, "otto", "1"));
    assert_eq!(anna.subscribe("releve/+/state", 1), 1);
    assert_eq!(anna.subscribe("releve/+/info", 1), 1);
    assert_eq!(otto.subscribe("releve/+/event", 1), 1);
    stage.counted("releve_broker_subscriptions_without_log_total", 1);
    stage.counted("releve_broker_filter_logs", 2);
    let mut node = stage.broker.client(&login(5, "cabin", "1"));
    for kind in ["state", "info", "event"] {
        assert_eq!(
            node.publish(&format!("releve/cabin/{kind}"), kind, 1, false),
            0
        );
    }
    let mut came = [anna.message().text(), anna.message().text()];
    came.sort();
    assert_eq!(came, ["releve/cabin/info info", "releve/cabin/state state"]);
    assert_eq!(otto.message().text(), "releve/cabin/event event");
}
