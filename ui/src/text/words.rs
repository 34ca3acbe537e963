//! Fixed words and sentences, one line each.

use releve_protocol::Language;

macro_rules! words {
    ($($word:ident => $english:literal, $french:literal;)+) => {
        /// A fixed text of the page.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Word { $(#[doc = $english] $word),+ }

        impl Word {
            /// The text in that language.
            pub const fn text(self, language: Language) -> &'static str {
                match language {
                    Language::English => match self { $(Self::$word => $english),+ },
                    Language::French => match self { $(Self::$word => $french),+ },
                }
            }
        }
    };
}

#[rustfmt::skip] // A table reads as a table. No-break spaces stand before French ? ! : ;
words! {
    Fleet => "Fleet", "Parc";
    SkipToContent => "Skip to content", "Aller au contenu";
    LanguageChoice => "Language", "Langue";
    Theme => "Theme", "Thème";
    ThemeAuto => "Auto", "Auto";
    ThemeLight => "Light", "Clair";
    ThemeDark => "Dark", "Sombre";

    Connected => "connected", "connecté";
    Connecting => "connecting…", "connexion…";
    AlertsNotWatched => "Alerts are not watched", "Les alertes ne sont pas surveillées";
    AlertsNotWatchedWhy => "No bridge is online: nobody gets an e-mail when something goes wrong. Sites go on by themselves.", "Aucune passerelle n’est en ligne\u{a0}: personne ne reçoit de courriel en cas de problème. Les sites continuent seuls.";
    CutOff => "Connection lost", "Connexion perdue";
    CutOffWhy => "Everything below is what came before. Sites go on by themselves; this page connects again by itself.", "Tout ce qui suit date d’avant. Les sites continuent seuls\u{a0}; cette page se reconnecte d’elle-même.";

    LogIn => "Log in", "Se connecter";
    LogInWhy => "This broker lets only users in. The password stays in this tab until it is closed.", "Ce broker n’admet que ses utilisateurs. Le mot de passe reste dans cet onglet jusqu’à sa fermeture.";
    LogInRefused => "The broker does not know this user, or the password is another one.", "Le broker ne connaît pas cet utilisateur, ou le mot de passe est un autre.";
    LogOut => "Log out", "Se déconnecter";
    LoginWanted => "login required", "connexion requise";
    User => "User", "Utilisateur";
    Password => "Password", "Mot de passe";

    AllSites => "All sites, worst first", "Tous les sites, le pire d’abord";
    FindSite => "Find a site", "Chercher un site";
    View => "View", "Vue";
    Cards => "Cards", "Cartes";
    Table => "Table", "Tableau";
    NeedsYou => "Needs you", "À traiter";
    Quiet => "Quiet", "Tout va bien";
    LastMinutesVoltage => "battery voltage, last minutes", "tension de la batterie, dernières minutes";
    NothingFound => "No site has such a name.", "Aucun site ne porte ce nom.";
    NoSites => "No site yet", "Aucun site pour l’instant";
    NoSitesWhy => "Sites appear here by themselves as soon as their node reaches the broker. Start releve-node on a Raspberry Pi with this broker’s address, or try simulated sites:", "Les sites apparaissent d’eux-mêmes dès que leur nœud joint le broker. Lancez releve-node sur un Raspberry Pi avec l’adresse de ce broker, ou essayez des sites simulés\u{a0}:";
    WaitingForSites => "Waiting for the sites…", "En attente des sites…";

    Site => "Site", "Site";
    Data => "Data", "Données";
    LastMinutes => "last minutes", "dernières minutes";
    ModeTitle => "Mode", "Mode";
    Relays => "Relays", "Relais";
    Alarm => "Alarm", "Alarme";
    NoAlarm => "none", "aucune";
    Acknowledge => "Acknowledge", "Acquitter";

    UnknownSite => "No such site", "Site inconnu";
    UnknownSiteWhy => "The broker knows nothing of this site. Check the address, or whether its node has ever reached this broker.", "Le broker ne connaît pas ce site. Vérifiez l’adresse, ou si son nœud a déjà joint ce broker.";
    UnknownPage => "No such page", "Page inconnue";
    UnknownPageWhy => "This address leads nowhere.", "Cette adresse ne mène nulle part.";
    BackToFleet => "Back to the fleet", "Retour au parc";
    LookingForSite => "Looking for the site…", "Recherche du site…";
    Simulated => "Simulated site: nothing real is switched.", "Site simulé\u{a0}: rien de réel n’est commuté.";
    ClocksDisagree => "The clocks of this device and of the site differ by more than a minute; ages count from receipt.", "Les horloges de cet appareil et du site diffèrent de plus d’une minute\u{a0}; les âges comptent depuis la réception.";
    NoReadingYet => "no reading yet", "pas encore de mesure";

    PresentUnknown => "The present state is not known.", "L’état actuel est inconnu.";
    EnergyFlow => "Energy flow", "Flux d’énergie";
    FlowPicture => "Single-line diagram: mains, relay 1, charger, relay 2, battery and load", "Schéma unifilaire\u{a0}: réseau, relais 1, chargeur, relais 2, batterie et équipement";
    Mains => "Mains", "Réseau";
    MainsPresent => "present", "présent";
    MainsLost => "lost", "absent";
    MainsUnknown => "unknown", "inconnu";
    Relay1 => "Relay 1", "Relais 1";
    Relay2 => "Relay 2", "Relais 2";
    Charger => "Charger", "Chargeur";
    Battery => "Battery", "Batterie";
    Load => "Load", "Équipement";
    Temperature => "temperature", "température";
    Charging => "charging", "en charge";
    Discharging => "discharging", "en décharge";
    AtRest => "at rest", "au repos";
    AtLeast => "at least", "au moins";

    Control => "Control", "Conduite";
    WhoDecides => "Who decides", "Qui décide";
    YouHold => "Manual. Back to automatic in", "Manuel. Retour en automatique dans";
    AddFifteen => "Add 15 min", "Prolonger de 15 min";
    HandBack => "Hand back now", "Rendre la main";
    OperatesRelays => "Relays 1 and 2 can be switched by hand in manual, for 30 min at a time. Relays 3 and 4 always.", "Les relais 1 et 2 se commandent à la main en mode manuel, par tranches de 30 min. Les relais 3 et 4 toujours.";
    SilentNoCommands => "The site does not answer: no command can be sent.", "Le site ne répond pas\u{a0}: aucune commande possible.";
    CutOffNoCommands => "This page is not connected: no command can be sent.", "Cette page n’est pas connectée\u{a0}: aucune commande possible.";
    AutomaticNoSwitch => "The mode decides; take manual control to switch it.", "Le mode décide\u{a0}; passez en manuel pour le commander.";
    InterlockNoSwitch => "An interlock holds it; nobody can switch it now.", "Une sécurité le tient\u{a0}; personne ne peut le commander.";
    ObserverDoes => "Measures and records. Opens a relay only when an interlock demands it.", "Mesure et enregistre. N’ouvre un relais que si une sécurité l’exige.";
    CycleDoes => "By its schedule lets the battery carry the load for a while, then charges it again. Outside of critical periods only.", "Selon son programme, laisse la batterie alimenter l’équipement un moment, puis la recharge. Hors des périodes critiques seulement.";
    ChangeMode => "Change the mode", "Changer de mode";
    Contradicted => "the measurements or the read-back contradict it", "les mesures ou la relecture le contredisent";
    VerifiedByMeasurements => "verified by the measurements", "vérifié par les mesures";
    Cancel => "Leave it", "Ne rien changer";
    NotReadBack => "as commanded; not read back", "selon la commande\u{a0}; sans relecture";

    ConsumptionCycle => "Consumption cycle", "Cycle de consommation";
    NextCycle => "Next cycle", "Prochain cycle";
    AgainstNow => "Why not now", "Pourquoi pas maintenant";
    AgainstScheduleOnly => "What keeps the schedule from it", "Ce qui retient le programme";
    NothingAgainst => "Nothing: one can be started by hand.", "Rien\u{a0}: il peut être lancé à la main.";
    LastCycle => "Last cycle", "Dernier cycle";
    NoCycleYet => "none yet", "aucun encore";
    ScheduleCost => "What the schedule costs and leaves", "Ce que le programme coûte et laisse";

    Charge => "State of charge", "État de charge";
    ChargeInBattery => "charge", "charge";
    Unknown => "unknown", "inconnu";
    Runtime => "Runtime at the present load", "Autonomie à la charge actuelle";
    LastFull => "Last seen full", "Dernière charge complète";
    NextFull => "Next forced full charge", "Prochaine charge complète forcée";

    Schedule => "Week", "Semaine";
    NoScheduleYet => "No schedule: no cycle begins by itself, and no time is kept critical.", "Aucun programme\u{a0}: aucun cycle ne commence de lui-même, aucune période n’est critique.";
    EditSchedule => "Edit the schedule", "Modifier le programme";
    RemoveScheduleMeans => "No cycle begins by itself any more, and no period is critical: by hand the site can be put on its battery at any time.", "Plus aucun cycle ne commence de lui-même et aucune période n’est critique\u{a0}: à la main, le site peut passer sur batterie à tout moment.";
    WeekPicture => "The week: when cycles are allowed, and when the site stays on mains", "La semaine\u{a0}: quand les cycles sont permis, et quand le site reste sur le réseau";
    NextCycleMark => "next cycle", "prochain cycle";
    TimeZone => "Time zone", "Fuseau horaire";
    UseZoneHere => "This device:", "Cet appareil\u{a0}:";
    EveryDays => "Days between two cycles", "Jours entre deux cycles";
    AddPeriod => "Add", "Ajouter";
    RemovePeriod => "Remove", "Retirer";
    From => "from", "de";
    To => "to", "à";
    Days => "days", "jours";
    NextDay => "next day", "lendemain";
    SendSchedule => "Send to the site", "Envoyer au site";

    Alerts => "Alerts by e-mail", "Alertes par courriel";
    AlertsTold => "When something goes wrong here, the bridge writes to the people it knows. While you work on the site, it can keep quiet:", "Quand quelque chose ne va pas ici, la passerelle écrit aux personnes qu’elle connaît. Pendant que vous travaillez sur le site, elle peut se taire\u{a0}:";
    AlertsNoMail => "The bridge has no mail server: alarms are shown here alone.", "La passerelle n’a pas de serveur de courriel\u{a0}: les alarmes ne s’affichent qu’ici.";
    AlertsUnknown => "No bridge is there to tell anybody.", "Aucune passerelle n’est là pour avertir qui que ce soit.";
    AlertsSilencedWhy => "Somebody works here. What still holds afterwards is told then.", "Quelqu’un y travaille. Ce qui dure encore ensuite sera annoncé à ce moment.";
    TellAgain => "Send them again", "Les envoyer de nouveau";
    QuietFor => "Quiet for", "Silence pendant";
    QuietHour => "1 h", "1 h";
    QuietHours => "4 h", "4 h";
    QuietDay => "24 h", "24 h";

    Measurements => "Measurements", "Mesures";
    Limits => "Limits", "Limites";
    LimitsCharging => "Charging", "Charge";
    LimitsDischarge => "Discharge", "Décharge";
    LimitsTemperature => "Temperature", "Température";
    LimitsCycle => "Cycle", "Cycle";
    Change => "Set", "Régler";
    Close => "Close", "Fermer";
    Sent => "sent", "envoyée";
    Accepted => "accepted", "acceptée";
    Verifying => "verifying…", "vérification…";
    Verified => "verified", "vérifiée";
    ByMeasurements => "by the measurements", "par les mesures";
    WaitingForAnswer => "waiting for the site…", "en attente du site…";
}
