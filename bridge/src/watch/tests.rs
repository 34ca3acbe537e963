//! Days of faults, message by message in virtual time, and every mail that comes of them, in order.

use releve_protocol::control::{AlarmName, Cause, Event, Severity};
use releve_protocol::{Availability, EventRecord, Reading};
use serde::Serialize;

use super::*;
use crate::alerts::{Alerts, Pace, Silence};
use crate::fleet::{Message, Past};
use crate::mail::{MailConfig, SmtpConfig, subject_of};
use crate::samples;
use crate::store::Recovered;

/// What happens.
#[derive(Debug, Clone, Copy)]
enum Happens {
    Raised(AlarmName, Severity),
    /// The same alarm, with a cause.
    Caused(AlarmName, Cause),
    Cleared(AlarmName),
    Acknowledged(AlarmName),
    Online,
    Offline,
    BrokerLost,
    BrokerBack,
    /// From now on the node's clock is behind by so many seconds.
    ClockBehind(i64),
    /// From now on no reading comes.
    ReadingsStop,
    ReadingsGoOn,
    DiskFails,
    DiskWorks,
    /// The bridge restarts.
    Restart,
}

/// How often the bridge looks in this test, in seconds.
const STEP: i64 = 10;
const DAY: i64 = 86_400;

/// A bridge and its surroundings.
struct Stage {
    memory: Memory,
    watch: Watch,
    began: Moment,
    second: i64,
    /// By how much the bridge's clock was set, ms.
    clock_set: i64,
    is_online: bool,
    broker_is_there: bool,
    clock_behind: i64,
    readings_come: bool,
    readings: u64,
    events: u64,
    /// What was told: when, to whom, and the subject.
    told: Vec<String>,
}

fn config() -> MailConfig {
    MailConfig {
        smtp: SmtpConfig {
            url: "smtp://127.0.0.1".to_owned(),
            login: None,
            ca: None,
        },
        from: "releve@example.org".parse().expect("an address"),
        to: ["anna@example.org", "brice@example.org=fr:critical"]
            .map(|to| to.parse().expect("a recipient"))
            .into(),
    }
}

impl Stage {
    fn new(silences: Vec<Silence>) -> Self {
        let began = Moment {
            instant: Instant::now(),
            wall: "2026-11-22T00:00:00Z".parse().expect("a moment"),
        };
        let alerts = Alerts::new(Pace::default(), silences.into_iter().collect());
        let memory = Memory::recover(
            Recovered::default(),
            "run".to_owned(),
            Past::Everything,
            alerts,
        );
        let post = Post::recover(&config(), &mut Recovered::default());
        let watch = Watch {
            id: "main".parse().expect("an id"),
            link: Link::default(),
            post: Some(Arc::new(post)),
            public_url: None,
            last: LastLook::default(),
        };
        let mut stage = Self {
            memory,
            watch,
            began,
            second: 0,
            clock_set: 0,
            is_online: true,
            broker_is_there: true,
            clock_behind: 0,
            readings_come: true,
            readings: 0,
            events: 0,
            told: Vec::new(),
        };
        let mut info = samples::info();
        info.clock.speed = 1.0;
        stage.publish("info", &info);
        stage.availability();
        stage
    }

    fn now(&self) -> Moment {
        let passed = u64::try_from(self.second).expect("after the beginning");
        let now = samples::after(self.began, Duration::from_secs(passed));
        Moment {
            wall: samples::later(now.wall, self.clock_set),
            ..now
        }
    }

    fn publish(&mut self, kind: &str, payload: &impl Serialize) {
        let payload = serde_json::to_vec(payload).expect("JSON");
        self.publish_bytes(kind, &payload);
    }

    fn publish_bytes(&mut self, kind: &str, payload: &[u8]) {
        let now = self.now();
        let topic = format!("releve/{}/{kind}", samples::node());
        let message = Message {
            topic: &topic,
            payload,
            retained: false,
        };
        let news = self.memory.fleet().fold(message, now);
        for news in news {
            hear(&self.memory, &news, now);
        }
    }

    fn availability(&mut self) {
        let availability = if self.is_online {
            Availability::Online
        } else {
            Availability::Offline
        };
        self.publish_bytes("availability", availability.as_str().as_bytes());
    }

    fn event(&mut self, event: Event<Timestamp>) {
        self.events += 1;
        let record = EventRecord {
            seq: self.events,
            // Strictly increasing, as a node's are.
            at: samples::later(self.now().wall, i64::try_from(self.events).expect("few")),
            event,
            ..samples::alarm_raised()
        };
        self.publish("event", &record);
    }

    fn reading(&mut self) {
        self.readings += 1;
        let at = samples::later(self.now().wall, -self.clock_behind * 1000);
        let reading = Reading {
            at,
            alarms: Vec::new(),
            ..samples::reading("k3f9", self.readings)
        };
        self.publish("reading", &reading);
    }

    fn raised(&mut self, alarm: AlarmName, severity: Severity, cause: Option<Cause>) {
        self.event(Event::AlarmRaised {
            alarm,
            severity,
            value: None,
            threshold: None,
            cause,
        });
    }

    fn happens(&mut self, what: Happens) {
        match what {
            Happens::Raised(alarm, severity) => self.raised(alarm, severity, None),
            Happens::Caused(alarm, cause) => self.raised(alarm, Severity::Critical, Some(cause)),
            Happens::Cleared(alarm) => self.event(Event::AlarmCleared {
                alarm,
                severity: Severity::Warning,
                value: None,
                threshold: None,
                raised_at: self.now().wall,
            }),
            Happens::Acknowledged(alarm) => self.event(Event::AlarmAcknowledged { alarm }),
            Happens::Online | Happens::Offline => {
                self.is_online = matches!(what, Happens::Online);
                self.availability();
            }
            Happens::BrokerLost => {
                self.broker_is_there = false;
                self.watch.link.lost("it was stopped");
                self.memory.fleet().disconnected();
            }
            Happens::BrokerBack => {
                self.broker_is_there = true;
                self.availability();
            }
            Happens::ClockBehind(seconds) => self.clock_behind = seconds,
            Happens::ReadingsStop => self.readings_come = false,
            Happens::ReadingsGoOn => self.readings_come = true,
            Happens::DiskFails => {
                self.memory.storing().failed(self.now().instant);
            }
            Happens::DiskWorks => {
                self.memory.storing().worked(self.now().instant);
            }
            Happens::Restart => self.restart(),
        }
    }

    /// What was saved is all that is left; the broker keeps what it keeps.
    fn restart(&mut self) {
        let saved = self.memory.alerts().saved();
        let mut alerts = Alerts::new(Pace::default(), crate::alerts::Silences::default());
        alerts.recover(&saved).expect("what was written");
        *self.memory.alerts() = alerts;
        self.watch.last = LastLook::default();
        self.memory.fleet().disconnected();
        self.availability();
    }

    /// Everything that happens in one step, and what is told then.
    fn step(&mut self) {
        if self.broker_is_there {
            self.watch.link.moved(self.now().instant);
            if self.is_online && self.readings_come && self.second % 30 == 0 {
                self.reading();
            }
        }
        self.watch.look(&self.memory, self.now());
        self.collect();
    }

    /// Takes the mails away, as the one who sends does.
    fn collect(&mut self) {
        let post = Arc::clone(self.watch.post.as_ref().expect("mail is configured"));
        let _ = post.take_changes();
        post.settled(true);
        while let Some((to, subject)) = subject_of(&post, self.now().wall) {
            let (day, rest) = (self.second / DAY, self.second % DAY);
            let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
            let subject = subject.replace('\u{a0}', " ");
            let name = to.split('@').next().unwrap_or_default();
            self.told.push(format!(
                "{day} {hour:02}:{minute:02}:{second:02} {name} {subject}"
            ));
        }
    }

    /// Plays the script: (day, `hour:minute`, what happens), in order, until that day.
    fn play(&mut self, script: &[(i64, &str, Happens)], until_day: i64) {
        let mut script = script.iter().peekable();
        while self.second < until_day * DAY {
            while let Some((_, _, what)) =
                script.next_if(|(day, time, _)| second_of(*day, time) <= self.second)
            {
                self.happens(*what);
            }
            self.step();
            self.second += STEP;
        }
        assert_eq!(
            script.next().map(|(day, time, _)| (day, time)),
            None,
            "not played"
        );
    }
}

fn second_of(day: i64, time: &str) -> i64 {
    let (hour, minute) = time.split_once(':').expect("hour:minute");
    let number = |text: &str| text.parse::<i64>().expect("a number");
    day * DAY + number(hour) * 3600 + number(minute) * 60
}

use AlarmName::{DataLost, MainsLost, RelayFault, TemperatureHigh, TemperatureLimit};
use Happens::*;

/// Days on which much goes wrong.
#[rustfmt::skip] // A table reads as a table.
const SCRIPT: &[(i64, &str, Happens)] = &[
    // An alarm of some minutes.
    (0, "01:00", Raised(TemperatureLimit, Severity::Critical)),
    (0, "01:20", Cleared(TemperatureLimit)),
    // One that comes and goes.
    (0, "02:00", Raised(TemperatureHigh, Severity::Warning)),
    (0, "02:01", Cleared(TemperatureHigh)),
    (0, "02:02", Raised(TemperatureHigh, Severity::Warning)),
    (0, "02:03", Cleared(TemperatureHigh)),
    (0, "02:04", Raised(TemperatureHigh, Severity::Warning)),
    (0, "02:05", Cleared(TemperatureHigh)),
    (0, "02:06", Raised(TemperatureHigh, Severity::Warning)),
    (0, "02:07", Cleared(TemperatureHigh)),
    // A short and a long absence.
    (0, "03:30", Offline),
    (0, "03:31", Online),
    (0, "04:00", Offline),
    (0, "04:30", Online),
    // The broker is away: nothing is said of the site.
    (0, "06:00", BrokerLost),
    (0, "06:10", BrokerBack),
    // The clock goes wrong and is set right.
    (0, "08:00", ClockBehind(120)),
    (0, "08:30", ClockBehind(0)),
    // Readings stop.
    (0, "09:00", ReadingsStop),
    (0, "09:10", ReadingsGoOn),
    // The bridge's own disk.
    (0, "09:30", DiskFails),
    (0, "09:33", DiskWorks),
    // A relay: another cause is news.
    (0, "11:00", Caused(RelayFault, Cause::ReadBackDiffers)),
    (0, "11:30", Cleared(RelayFault)),
    (0, "11:30", Caused(RelayFault, Cause::ChargerWelded)),
    (0, "12:00", Cleared(RelayFault)),
    // Nobody acknowledges it for a day.
    (0, "13:00", Raised(MainsLost, Severity::Warning)),
    (1, "14:00", Acknowledged(MainsLost)),
    (2, "20:00", Cleared(MainsLost)),
];

const TOLD: &[&str] = &[
    "0 01:00:00 anna [Releve] Col de Porte: Battery too hot: charger disconnected",
    "0 01:00:00 brice [Releve] Col de Porte : Batterie trop chaude : chargeur déconnecté",
    "0 01:25:00 anna [Releve] Col de Porte: ended: Battery too hot: charger disconnected",
    "0 01:25:00 brice [Releve] Col de Porte : fin d’alerte : Batterie trop chaude : chargeur déconnecté",
    "0 02:00:00 anna [Releve] Col de Porte: Battery warm",
    "0 02:06:00 anna [Releve] Col de Porte: comes and goes: Battery warm",
    "0 03:07:00 anna [Releve] Col de Porte: ended: Battery warm",
    "0 04:02:00 anna [Releve] Col de Porte: No connection to the site",
    "0 04:02:00 brice [Releve] Col de Porte : Site injoignable",
    "0 04:35:00 anna [Releve] Col de Porte: ended: No connection to the site",
    "0 04:35:00 brice [Releve] Col de Porte : fin d’alerte : Site injoignable",
    "0 06:02:00 anna [Releve] releve-bridge main: The bridge lost the broker",
    "0 06:02:00 brice [Releve] releve-bridge main : La passerelle a perdu le broker",
    "0 06:15:00 anna [Releve] releve-bridge main: ended: The bridge lost the broker",
    "0 06:15:00 brice [Releve] releve-bridge main : fin d’alerte : La passerelle a perdu le broker",
    "0 08:10:00 anna [Releve] Col de Porte: The site’s clock is wrong",
    "0 08:35:00 anna [Releve] Col de Porte: ended: The site’s clock is wrong",
    "0 09:03:10 anna [Releve] Col de Porte: Readings do not come",
    "0 09:15:00 anna [Releve] Col de Porte: ended: Readings do not come",
    "0 09:31:00 anna [Releve] releve-bridge main: Readings cannot be stored",
    "0 09:31:00 brice [Releve] releve-bridge main : Les relevés ne peuvent être enregistrés",
    "0 09:38:00 anna [Releve] releve-bridge main: ended: Readings cannot be stored",
    "0 09:38:00 brice [Releve] releve-bridge main : fin d’alerte : Les relevés ne peuvent être enregistrés",
    "0 11:00:00 anna [Releve] Col de Porte: A relay does not do what it is told",
    "0 11:00:00 brice [Releve] Col de Porte : Un relais n’obéit pas",
    "0 11:30:00 anna [Releve] Col de Porte: A relay does not do what it is told (another cause)",
    "0 11:30:00 brice [Releve] Col de Porte : Un relais n’obéit pas (autre cause)",
    "0 12:05:00 anna [Releve] Col de Porte: ended: A relay does not do what it is told",
    "0 12:05:00 brice [Releve] Col de Porte : fin d’alerte : Un relais n’obéit pas",
    "0 13:00:00 anna [Releve] Col de Porte: Mains lost",
    "1 13:00:00 anna [Releve] Col de Porte: still: Mains lost",
    "2 20:05:00 anna [Releve] Col de Porte: ended: Mains lost",
];

#[test]
fn days_of_faults_bring_exactly_these_mails() {
    let mut stage = Stage::new(Vec::new());
    stage.play(SCRIPT, 3);
    assert_eq!(stage.told, TOLD);
}

/// In the midst of every episode, and of every wait.
#[test]
fn a_bridge_that_is_restarted_again_and_again_sends_the_same_mails() {
    let restarts = [
        (0, "01:10"),
        (0, "01:22"),
        (0, "02:03"),
        (0, "02:30"),
        (0, "04:10"),
        (0, "08:20"),
        (0, "11:45"),
        (0, "12:02"),
        (0, "13:00"),
        (1, "09:00"),
        (2, "12:00"),
        (2, "20:03"),
    ];
    let mut script: Vec<_> = SCRIPT.to_vec();
    script.extend(restarts.map(|(day, time)| (day, time, Restart)));
    script.sort_by_key(|(day, time, _)| second_of(*day, time));
    let mut stage = Stage::new(Vec::new());
    stage.play(&script, 3);
    assert_eq!(stage.told, TOLD);
}

#[test]
fn in_a_silence_nothing_is_told_of_the_site() {
    let silence = "col-de-porte=2026-11-22T05:00:00Z"
        .parse()
        .expect("a silence");
    let mut stage = Stage::new(vec![silence]);
    let script = [
        (0, "01:00", Raised(TemperatureLimit, Severity::Critical)),
        (0, "01:20", Cleared(TemperatureLimit)),
        (0, "02:00", Raised(DataLost, Severity::Critical)),
        (0, "06:00", Cleared(DataLost)),
    ];
    stage.play(&script, 1);
    let expected = [
        "0 05:00:00 anna [Releve] Col de Porte: Measurements lost",
        "0 05:00:00 brice [Releve] Col de Porte : Mesures perdues",
        "0 06:05:00 anna [Releve] Col de Porte: ended: Measurements lost",
        "0 06:05:00 brice [Releve] Col de Porte : fin d’alerte : Mesures perdues",
    ];
    assert_eq!(stage.told, expected);
}

#[test]
fn a_clock_that_is_set_back_blinds_nobody() {
    let mut stage = Stage::new(Vec::new());
    let silent = |stage: &Stage| {
        let mut active = stage
            .memory
            .alerts()
            .active()
            .map(|(key, _)| key.clone())
            .collect::<Vec<_>>();
        active.retain(|key| key.alert.name() == "node_silent");
        active.len()
    };
    while stage.second < 3_600 {
        stage.step();
        stage.second += STEP;
    }
    stage.clock_set = -2 * 3_600_000;
    stage.happens(Happens::Offline);
    while stage.second < 2 * 3_600 && silent(&stage) == 0 {
        stage.step();
        stage.second += STEP;
    }
    assert_eq!(silent(&stage), 1);
    let waited = stage.second - 3_600;
    assert!(waited < 30 * 60, "told after {waited} s");
}

#[test]
fn a_server_that_takes_old_readings_one_after_the_other_is_not_stuck() {
    let at = |seconds: i64| Timestamp::from_unix_millis(1_000 * seconds);
    let mut waiting = Waiting::default();
    let mut stuck = |row, pending, second| waiting.look(row, pending, at(second)).stuck_since;
    assert_eq!(stuck(0, 0, 0), None);
    assert_eq!(stuck(0, 500, 60), Some(at(60)));
    assert_eq!(stuck(100, 400, 120), Some(at(120)), "it takes some");
    assert_eq!(stuck(100, 450, 180), Some(at(120)), "it takes none");
    assert_eq!(stuck(550, 0, 240), None);
    assert_eq!(stuck(550, 1, 300), Some(at(300)));
}
