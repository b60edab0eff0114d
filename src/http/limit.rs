//! How much each tenant may ask: a bucket that fills by so much a second.
//!
//! In: a tenant and what a request costs. Out: whether it may, or how long to wait.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The buckets of the tenants. Those come from tokens, so that there are few.
#[derive(Debug)]
pub(super) struct Limits {
    /// How much is added in a second, and how much a full bucket holds.
    rate: u32,
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: f64,
    at: Instant,
}

impl Limits {
    pub(super) fn new(rate: u32) -> Self {
        Self {
            rate,
            buckets: Mutex::default(),
        }
    }

    /// Takes what a request costs; the error is how long until it may be asked again. What costs more
    /// than a full bucket takes all of one.
    pub(super) fn take(&self, tenant: &str, cost: u32, now: Instant) -> Result<(), Duration> {
        let (rate, cost) = (f64::from(self.rate), f64::from(cost.min(self.rate)));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full = Bucket {
            level: rate,
            at: now,
        };
        let bucket = buckets.entry(tenant.to_owned()).or_insert(full);
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.level = (bucket.level + since * rate).min(rate);
        bucket.at = now;
        if bucket.level >= cost {
            bucket.level -= cost;
            return Ok(());
        }
        Err(Duration::from_secs_f64((cost - bucket.level) / rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_gets_its_rate_and_no_more() {
        let limits = Limits::new(10);
        let start = Instant::now();
        for _ in 0..10 {
            assert_eq!(limits.take("a", 1, start), Ok(()));
        }
        let wait = limits.take("a", 1, start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
        assert_eq!(limits.take("b", 1, start), Ok(()));
        assert_eq!(limits.take("a", 1, start + wait), Ok(()));
        let later = start + Duration::from_secs(60);
        assert_eq!(limits.take("a", 1_000, later), Ok(()));
        assert!(limits.take("a", 1, later).is_err());
    }
}
