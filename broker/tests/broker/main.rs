//! The broker from outside: raw packets, clients that others wrote, and the program itself.

mod bounds_of_a_user;
mod clients;
mod fatal_cases;
mod foreign_clients;
mod hostile;
mod lifecycle;
mod load;
mod metrics;
mod mosquitto_tools;
mod permissions;
mod protocol_v311;
mod protocol_v5;
mod retained;
mod retained_on_disk;
mod sessions;
mod slow_clients;
mod support;
mod tls;
mod users;
mod websocket;
mod wills;
