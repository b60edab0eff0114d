//! The guards as a Rust programmer writes them: the limit.

use super::{Times, time};
use crate::orders::{Channel, NOW, Order, Role, Suborder};

fn within_credit(order: &Order) -> bool {
    order.total <= order.credit_limit && !order.on_hold
}

fn unpaid(order: &Order) -> bool {
    order.paid == 0
}

fn all_executed(order: &Order) -> bool {
    let mut suborders = order.suborders.iter();
    suborders.all(|suborder| *suborder == Suborder::Executed)
}

fn reseller_in_storefront(order: &Order) -> bool {
    order.role == Role::Reseller && order.channel == Channel::Storefront
}

fn overdue(order: &Order, now: i64) -> bool {
    order.due_at < now
}

/// What a guard must say.
pub(super) fn answer(guard: usize, order: &Order) -> bool {
    match guard {
        0 => within_credit(order),
        1 => unpaid(order),
        2 => all_executed(order),
        3 => reseller_in_storefront(order),
        _ => overdue(order, NOW),
    }
}

pub(super) fn measure(orders: &[Order]) -> Times {
    let now = std::hint::black_box(NOW);
    [
        time(0, orders, |number| within_credit(&orders[number])),
        time(1, orders, |number| unpaid(&orders[number])),
        time(2, orders, |number| all_executed(&orders[number])),
        time(3, orders, |number| reseller_in_storefront(&orders[number])),
        time(4, orders, |number| overdue(&orders[number], now)),
    ]
}
