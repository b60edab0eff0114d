//! One difference between two versions of a workflow: what it is, how much it matters, where it stands.

use serde::{Deserialize, Serialize};

use crate::analysis::Witness;
use crate::source::Span;

/// What a change means for orders under way, and for those who cause their events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Nothing that runs needs anything.
    Safe,
    /// Orders behave otherwise than before; none is lost.
    Behaviour,
    /// Somebody may do more or less than before.
    Rights,
    /// A timer is there, is gone, or does something else.
    ChangesTimer,
    /// A timer is due later than before.
    LengthensTimer,
    /// A timer is due earlier than before.
    ShortensTimer,
    /// A status decides something that it did not.
    GainsFlag,
    /// A status does not decide any longer what it did.
    LosesFlag,
    /// A plan has to say how orders are brought over.
    NeedsMapping,
    /// Orders would be left where the new version has no place or no end for them.
    StrandsOrders,
}

/// How much a change matters, as `--fail-on` takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing that runs needs anything.
    Safe,
    /// Orders, flags, timers or rights behave otherwise.
    Changed,
    /// A plan has to say how orders are brought over.
    Mapping,
    /// Orders would be stranded.
    Strands,
}

impl Class {
    /// How much changes of the class matter.
    pub fn severity(self) -> Severity {
        match self {
            Self::Safe => Severity::Safe,
            Self::NeedsMapping => Severity::Mapping,
            Self::StrandsOrders => Severity::Strands,
            _ => Severity::Changed,
        }
    }

    /// What people read.
    pub fn words(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Behaviour => "behaves otherwise",
            Self::Rights => "changes rights",
            Self::ChangesTimer => "changes a timer",
            Self::LengthensTimer => "lengthens a timer",
            Self::ShortensTimer => "shortens a timer",
            Self::GainsFlag => "gains a flag",
            Self::LosesFlag => "loses a flag",
            Self::NeedsMapping => "needs mapping",
            Self::StrandsOrders => "strands orders",
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $id:literal,)*) => {
        /// What a change is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $id)] $name,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name, which stays the same from release to release.
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)*
                }
            }
        }
    };
}

kinds! {
    /// The workflow has another id.
    WorkflowRenamed = "workflow-renamed",
    /// A title, a refusal or an advice has other words.
    WordingChanged = "wording-changed",
    /// A setting is new.
    SettingAdded = "setting-added",
    /// A setting is gone.
    SettingRemoved = "setting-removed",
    /// A setting has another type.
    SettingRetyped = "setting-retyped",
    /// A setting has another default.
    SettingDefaultChanged = "setting-default-changed",
    /// Sites may choose less.
    SettingBoundsNarrowed = "setting-bounds-narrowed",
    /// Sites may choose more.
    SettingBoundsWidened = "setting-bounds-widened",
    /// A field of the context is new, and orders without it are complete.
    FieldAdded = "field-added",
    /// A field has to have a value which orders under way may lack.
    FieldRequired = "field-required",
    /// A field may be unset now.
    FieldOptional = "field-optional",
    /// A field is gone.
    FieldRemoved = "field-removed",
    /// A field has another type, and not every value fits it.
    FieldRetyped = "field-retyped",
    /// A field has another type, which every value fits.
    FieldWidened = "field-widened",
    /// A field has another default.
    FieldDefaultChanged = "field-default-changed",
    /// A field or a value of an event tells of a person now, or no longer does.
    PersonalChanged = "personal-changed",
    /// A word of an enum is new.
    WordAdded = "word-added",
    /// A word of an enum is gone.
    WordRemoved = "word-removed",
    /// An actor is new.
    ActorAdded = "actor-added",
    /// An actor is gone.
    ActorRemoved = "actor-removed",
    /// An actor may do what others could do before.
    RightGained = "right-gained",
    /// An actor may no longer do what others still can.
    RightLost = "right-lost",
    /// A flag is declared.
    FlagDeclared = "flag-declared",
    /// A flag is no longer declared.
    FlagDropped = "flag-dropped",
    /// A flag has another type.
    FlagRetyped = "flag-retyped",
    /// A status has a flag that it had not.
    FlagGained = "flag-gained",
    /// A status has no longer a flag that it had.
    FlagLost = "flag-lost",
    /// A status has another value of a flag that is not boolean.
    FlagChanged = "flag-changed",
    /// A site's setting decides about a flag that was fixed.
    FlagBySetting = "flag-by-setting",
    /// A flag is fixed that a site's setting decided about.
    FlagFixed = "flag-fixed",
    /// An attribute is declared.
    AttributeAdded = "attribute-added",
    /// An attribute is no longer declared.
    AttributeRemoved = "attribute-removed",
    /// A state has another value of an attribute, or the attribute another type.
    AttributeChanged = "attribute-changed",
    /// What makes a slot, or which slots must be filled, is something else.
    SlotChanged = "slot-changed",
    /// A state is mandatory now.
    MandatoryAdded = "mandatory-added",
    /// A state is no longer mandatory.
    MandatoryRemoved = "mandatory-removed",
    /// An effect is declared.
    EffectAdded = "effect-added",
    /// An effect is no longer declared.
    EffectRemoved = "effect-removed",
    /// A group is new.
    GroupAdded = "group-added",
    /// A group is gone.
    GroupRemoved = "group-removed",
    /// A group has other states.
    GroupChanged = "group-changed",
    /// Other groups hold every state once.
    PartitionChanged = "partition-changed",
    /// A set of children is new.
    ChildSetAdded = "child-set-added",
    /// A set of children is gone.
    ChildSetRemoved = "child-set-removed",
    /// The children of a set have other states.
    ChildSetChanged = "child-set-changed",
    /// An event is new.
    EventAdded = "event-added",
    /// An event is gone.
    EventRemoved = "event-removed",
    /// An event may bring another value.
    PayloadAdded = "payload-added",
    /// An event has to bring a value that it could lack.
    PayloadRequired = "payload-required",
    /// An event may lack a value that it had to bring.
    PayloadOptional = "payload-optional",
    /// An event no longer brings a value.
    PayloadRemoved = "payload-removed",
    /// A value of an event has another type.
    PayloadRetyped = "payload-retyped",
    /// What happens to an event that leads where the order is already.
    RepeatChanged = "repeat-changed",
    /// New orders start elsewhere, or on other conditions.
    StartChanged = "start-changed",
    /// There is a way that was not.
    TransitionAdded = "transition-added",
    /// A way is gone.
    TransitionRemoved = "transition-removed",
    /// A way leads elsewhere.
    TransitionRetargeted = "transition-retargeted",
    /// Ways are tried in another order.
    TransitionReordered = "transition-reordered",
    /// A guard says the same in other words.
    GuardRewritten = "guard-rewritten",
    /// A guard lets more through.
    GuardWeaker = "guard-weaker",
    /// A guard lets less through.
    GuardStronger = "guard-stronger",
    /// A guard lets others through.
    GuardDifferent = "guard-different",
    /// A guard has other words, and how they stand to the old ones is not known.
    GuardUnknown = "guard-unknown",
    /// A way, an entry or an exit asks the outside for something else.
    EffectsChanged = "effects-changed",
    /// A way changes the context otherwise.
    SetsChanged = "sets-changed",
    /// Children are sent something else.
    SendsChanged = "sends-changed",
    /// A state is new.
    StateAdded = "state-added",
    /// A state is gone.
    StateRemoved = "state-removed",
    /// A state is made of other states, so that an order in it is incomplete.
    StateReshaped = "state-reshaped",
    /// Orders in a state can no longer come to an end.
    StateCutOff = "state-cut-off",
    /// An automatic transition always applies in a state where orders rested.
    StateRestless = "state-restless",
    /// Orders in a state would go back nowhere, or to what is no more.
    StateLeadsBack = "state-leads-back",
    /// What was active in a state when it was left cannot be entered again.
    PastLost = "past-lost",
    /// Orders end in a state where they did not.
    StateEnds = "state-ends",
    /// Orders do not end in a state where they did.
    StateReopens = "state-reopens",
    /// Another substate is entered first.
    InitialChanged = "initial-changed",
    /// A state is switched off.
    StateSwitchedOff = "state-switched-off",
    /// A state is switched on.
    StateSwitchedOn = "state-switched-on",
    /// Orders in a state refuse changes and ways out.
    StateLocked = "state-locked",
    /// Orders in a state no longer refuse changes.
    StateUnlocked = "state-unlocked",
    /// Lists leave a state out, or no longer do.
    StateVisibilityChanged = "state-visibility-changed",
    /// A state is kept for orders of earlier versions only, or no longer.
    StateDeprecationChanged = "state-deprecation-changed",
    /// Fewer may enter a state.
    EntryRestricted = "entry-restricted",
    /// More may enter a state.
    EntryOpened = "entry-opened",
    /// A state has a timer that it had not.
    TimerAdded = "timer-added",
    /// A state no longer has a timer.
    TimerRemoved = "timer-removed",
    /// A timer is due earlier.
    TimerShortened = "timer-shortened",
    /// A timer is due later.
    TimerLengthened = "timer-lengthened",
    /// A timer counts from something else, runs on other conditions, or is restored otherwise.
    TimerChanged = "timer-changed",
    /// That a state never expires is said, or no longer said.
    WaiverChanged = "waiver-changed",
}

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What it is.
    pub kind: Kind,
    /// What it means.
    pub class: Class,
    /// Whether a plan has to say something about it, whatever else it means.
    pub mapping: bool,
    /// What it is about: the path of a state, `STATE.TIMER`, the name of an event or of a declaration.
    pub about: String,
    /// One sentence, lower case, without a full stop, names in backticks.
    pub message: String,
    /// Its place in the old file; `None` for what is new.
    pub old: Option<Span>,
    /// Its place in the new file; `None` for what is gone.
    pub new: Option<Span>,
    /// Situations that show it, each with what it shows.
    pub witnesses: Vec<(&'static str, Witness)>,
    /// What to do, or what may have been meant: a suggestion.
    pub hint: Option<String>,
}

impl Change {
    /// A change with its sentence.
    pub fn new(
        (kind, class): (Kind, Class),
        about: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            class,
            mapping: false,
            about: about.into(),
            message: message.into(),
            old: None,
            new: None,
            witnesses: Vec::new(),
            hint: None,
        }
    }

    /// With its places.
    #[must_use]
    pub fn at(mut self, old: impl Into<Option<Span>>, new: impl Into<Option<Span>>) -> Self {
        self.old = old.into();
        self.new = new.into();
        self
    }

    /// With a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Notes that a plan has to say something about it.
    pub(super) fn decide(&mut self) {
        match self.class {
            Class::Safe | Class::Behaviour => self.class = Class::NeedsMapping,
            Class::NeedsMapping | Class::StrandsOrders => {}
            _ => self.mapping = true,
        }
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match self.mapping {
            true => self.class.severity().max(Severity::Mapping),
            false => self.class.severity(),
        }
    }

    /// What people read of what it means.
    pub fn words(&self) -> String {
        let class = self.class.words();
        match self.mapping {
            true => format!("{class}, needs mapping"),
            false => class.to_owned(),
        }
    }
}

/// Why orders that stand somewhere are stranded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// A state they stand in is gone.
    Gone,
    /// Their states do not make a complete order in the new version.
    Incomplete,
    /// No final state can be reached.
    CutOff,
}

/// Where orders would be stranded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stranded {
    /// The innermost states, as [`Instance::status`](crate::instance::Instance::status) writes them.
    pub status: String,
    /// Why.
    pub why: Why,
}

/// All that differs between two versions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Difference {
    /// The changes, the gravest first, then by place.
    pub changes: Vec<Change>,
    /// Where orders of the old version would be stranded, were each kept where it is.
    pub stranded: Vec<Stranded>,
    /// Whether every configuration of both versions was followed. Otherwise `stranded` may lack some.
    pub whole: bool,
    /// How many questions about guards could be neither proved nor shown; each counts as a way that
    /// may be taken.
    pub open: usize,
}

impl Difference {
    /// The gravest of its changes; `None` where nothing differs.
    pub fn severity(&self) -> Option<Severity> {
        self.changes.iter().map(Change::severity).max()
    }

    /// How many changes have a severity.
    pub fn count(&self, severity: Severity) -> usize {
        let changes = self.changes.iter();
        changes
            .filter(|change| change.severity() == severity)
            .count()
    }
}
