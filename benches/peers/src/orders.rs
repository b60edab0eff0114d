//! The orders that every engine is asked about: the same ones in the same order, without a pattern.

/// How many there are: a power of two, so many that no processor learns their answers by heart.
pub(crate) const COUNT: usize = 1024;

/// The time at which the guards are asked, in seconds since 1970.
pub(crate) const NOW: i64 = 1_772_000_000;

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Reseller,
    Customer,
    Manager,
}

/// Where the order comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Storefront,
    Manual,
}

/// Where a suborder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suborder {
    Draft,
    Executed,
}

/// An order as plain Rust holds it. Money is in cents.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) total: i64,
    pub(crate) paid: i64,
    pub(crate) credit_limit: i64,
    pub(crate) on_hold: bool,
    pub(crate) role: Role,
    pub(crate) channel: Channel,
    pub(crate) suborders: Vec<Suborder>,
    pub(crate) due_at: i64,
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::Reseller, Self::Customer, Self::Manager];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Reseller => "reseller",
            Self::Customer => "customer",
            Self::Manager => "manager",
        }
    }
}

impl Channel {
    pub(crate) const ALL: [Self; 2] = [Self::Storefront, Self::Manual];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Storefront => "storefront",
            Self::Manual => "manual",
        }
    }
}

impl Suborder {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Executed => "executed",
        }
    }
}

/// A simple source of numbers without a pattern.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u32) -> u32 {
        let step = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = step.wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn amount(&mut self) -> i64 {
        i64::from(self.below(1_000_000))
    }
}

/// The orders: each guard holds for about half or a third of them.
pub(crate) fn orders() -> Vec<Order> {
    let mut chance = Chance(2026);
    (0..COUNT).map(|_| order(&mut chance)).collect()
}

/// The same, such that they pass every guard of the workflow.
pub(crate) fn passing() -> Vec<Order> {
    let mut orders = orders();
    for order in &mut orders {
        order.credit_limit += order.total;
        order.on_hold = false;
        order.paid = order.total;
        order.due_at = NOW + 1 + order.due_at.rem_euclid(86_400);
    }
    orders
}

fn order(chance: &mut Chance) -> Order {
    let total = chance.amount();
    let paid = if chance.below(2) == 0 { 0 } else { total };
    let suborders = 1 + chance.below(4);
    let usual = chance.below(2) == 0;
    let suborders = (0..suborders).map(|_| {
        if usual || chance.below(2) == 0 {
            Suborder::Executed
        } else {
            Suborder::Draft
        }
    });
    Order {
        total,
        paid,
        suborders: suborders.collect(),
        credit_limit: chance.amount(),
        on_hold: chance.below(4) == 0,
        role: [
            Role::Reseller,
            Role::Reseller,
            Role::Customer,
            Role::Manager,
        ][chance.below(4) as usize],
        channel: Channel::ALL[chance.below(2) as usize],
        due_at: NOW - 43_200 + i64::from(chance.below(86_400)),
    }
}
