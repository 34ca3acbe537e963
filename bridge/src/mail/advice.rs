//! What an alarm of a node means for the site, and what to do about it.

use releve_protocol::Language;
use releve_protocol::control::AlarmName;

/// What to do, in sentences.
#[must_use]
pub const fn on(alarm: AlarmName, language: Language) -> &'static str {
    let (english, french) = match alarm {
        AlarmName::TemperatureHigh => (
            "Air the room and look for a source of heat. If the battery goes on warming, the charger is disconnected by itself.",
            "Aérez le local et cherchez une source de chaleur. Si la batterie chauffe encore, le chargeur sera déconnecté de lui-même.",
        ),
        AlarmName::TemperatureLimit => (
            "Do not charge by hand. Go and look: the charger comes back by itself once the battery has cooled.",
            "Ne chargez pas à la main. Allez voir : le chargeur revient de lui-même une fois la batterie refroidie.",
        ),
        AlarmName::DataLost => (
            "Check the sensors and their leads. Until they work both circuits stay closed, and heat or overcharge would not be seen.",
            "Vérifiez les capteurs et leurs câbles. D’ici là les deux circuits restent fermés, et ni chaleur ni surcharge ne seraient vues.",
        ),
        AlarmName::VoltageHardLimit => (
            "Check the charger: it pushed the battery to its highest voltage. It stays disconnected until the voltage has fallen.",
            "Vérifiez le chargeur : il a poussé la batterie à sa tension maximale. Il reste déconnecté tant que la tension n’a pas baissé.",
        ),
        AlarmName::ChargerVoltageHigh => (
            "Set the charger to the battery’s profile, or replace it: held so high, the battery loses water and grows hot.",
            "Réglez le chargeur sur le profil de la batterie, ou remplacez-le : à cette tension, elle perd son eau et chauffe.",
        ),
        AlarmName::BatteryAtFloor => (
            "Mains and charger are connected again. If the voltage does not rise, mains or charger are missing: shed loads.",
            "Le réseau et le chargeur sont reconnectés. Si la tension ne remonte pas, l’un des deux manque : délestez.",
        ),
        AlarmName::MainsLost => (
            "The site runs on its battery. Check the supply; the runtime that is left is on the site’s page.",
            "Le site vit sur sa batterie. Vérifiez l’alimentation ; l’autonomie restante est sur la page du site.",
        ),
        AlarmName::RelayFault => (
            "Go and look: a contact that does not obey protects nothing. The cause says which one.",
            "Allez voir : un contact qui n’obéit pas ne protège rien. La cause dit lequel.",
        ),
        AlarmName::TemperatureLow => (
            "A frozen battery must not be charged. The charger comes back by itself once it has warmed; heat the room if the cold lasts.",
            "Une batterie gelée ne doit pas être chargée. Le chargeur revient de lui-même au dégel ; chauffez le local si le froid dure.",
        ),
        AlarmName::TemperatureRising => (
            "Watch the temperature. If it goes on rising while the current does not fall, disconnect the charger on site.",
            "Surveillez la température. Si elle monte encore sans que le courant baisse, débranchez le chargeur sur place.",
        ),
        AlarmName::ThermalRunaway => (
            "Go and look now, and keep the room aired. The charger stays disconnected until the alarm is acknowledged and the battery has cooled; the battery is most likely to be replaced.",
            "Allez voir tout de suite, et aérez le local. Le chargeur reste déconnecté jusqu’à l’acquittement et au refroidissement ; la batterie est sans doute à remplacer.",
        ),
        AlarmName::CurrentOverRange => (
            "Figures of that current are bounds only. Look for a short circuit, or fit a larger shunt.",
            "Les valeurs de ce courant ne sont que des bornes. Cherchez un court-circuit, ou montez un shunt plus grand.",
        ),
        AlarmName::ReserveLow => (
            "The battery could not carry the load for the time that is set. Both circuits are closed; nothing is to be done if mains is there.",
            "La batterie ne tiendrait pas la durée réglée. Les deux circuits sont fermés ; rien à faire si le réseau est là.",
        ),
        AlarmName::BatteryDraining => (
            "The charger must stay disconnected, so the load empties the battery: shed loads, or bring another supply, before the time is up.",
            "Le chargeur doit rester déconnecté, donc les consommateurs vident la batterie : délestez, ou amenez une autre source, avant l’échéance.",
        ),
        AlarmName::ChargeTimeout => (
            "The charger may be too small, or the battery old: it takes current and does not become full.",
            "Le chargeur est peut-être trop petit, ou la batterie âgée : elle prend du courant sans se remplir.",
        ),
        AlarmName::FullChargeOverdue => (
            "A lead battery that is never full sulphates. Check that the charger reaches its absorption voltage.",
            "Une batterie au plomb jamais pleine se sulfate. Vérifiez que le chargeur atteint sa tension d’absorption.",
        ),
        AlarmName::CycleAborted => (
            "The battery is being charged. Read the cause before the next cycle, and acknowledge the alarm.",
            "La batterie est rechargée. Lisez la cause avant le prochain cycle, et acquittez l’alarme.",
        ),
        AlarmName::SwitchingBudget => (
            "Something makes a relay switch too often: check the limits. Until tomorrow only protection switches.",
            "Un relais manœuvre trop souvent : vérifiez les limites. Jusqu’à demain, seules les protections manœuvrent.",
        ),
        AlarmName::RestartOnBattery => (
            "Find out why the program stopped while it held mains open, then acknowledge; no cycle runs before.",
            "Cherchez pourquoi le programme s’est arrêté réseau ouvert, puis acquittez ; aucun cycle avant.",
        ),
        AlarmName::ClockUnset => (
            "Give the node the time: by the network (NTP) or a clock chip. Readings wait for it.",
            "Donnez l’heure au nœud : par le réseau (NTP) ou une puce d’horloge. Les relevés l’attendent.",
        ),
        AlarmName::RestartLoop => (
            "Look at the node’s log. Until the alarm is acknowledged it stays in observer mode.",
            "Consultez le journal du nœud. Il reste en mode observateur jusqu’à l’acquittement.",
        ),
        AlarmName::StorageFault => (
            "Replace the node’s memory card soon: a power cut would lose what is in memory alone.",
            "Remplacez bientôt la carte mémoire du nœud : une coupure perdrait ce qui n’est qu’en mémoire.",
        ),
    };
    match language {
        Language::English => english,
        Language::French => french,
    }
}
