//! Call times in buckets: four to each power of two, so a quantile is at most 25 % above the truth.

const NANOS_PER_MILLI: f64 = 1e6;
const SUB_BUCKET_BITS: u32 = 2;
const BUCKETS: usize = 64 << SUB_BUCKET_BITS;

/// Nanoseconds of sampled calls.
#[derive(Clone)]
pub(super) struct Histogram {
    buckets: Box<[u32; BUCKETS]>,
    count: u64,
    sum: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: Box::new([0; BUCKETS]), count: 0, sum: 0, max: 0 }
    }
}

/// Mean, quantiles and maximum, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Latency {
    pub(crate) mean: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Latency {
    /// No call was sampled.
    pub(crate) const NOT_MEASURED: Self = Self { mean: f64::NAN, p50: f64::NAN, p99: f64::NAN, max: f64::NAN };
}

impl Histogram {
    pub(super) fn record(&mut self, nanos: u64) {
        self.buckets[bucket_of(nanos)] += 1;
        self.count += 1;
        self.sum = self.sum.saturating_add(nanos);
        self.max = self.max.max(nanos);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(other.buckets.iter()).for_each(|(mine, theirs)| *mine += theirs);
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
        self.max = self.max.max(other.max);
    }

    pub(super) fn clear(&mut self) {
        self.buckets.fill(0);
        (self.count, self.sum, self.max) = (0, 0, 0);
    }

    pub(super) fn latency(&self) -> Latency {
        if self.count == 0 {
            return Latency::NOT_MEASURED;
        }
        Latency {
            mean: self.sum as f64 / self.count as f64 / NANOS_PER_MILLI,
            p50: self.quantile(0.50) / NANOS_PER_MILLI,
            p99: self.quantile(0.99) / NANOS_PER_MILLI,
            max: self.max as f64 / NANOS_PER_MILLI,
        }
    }

    /// Mean over several histograms in milliseconds; NaN when they are empty.
    pub(super) fn mean_millis<'a>(histograms: impl Iterator<Item = &'a Self>) -> f64 {
        let (sum, count) =
            histograms.fold((0.0, 0), |(sum, count), histogram| (sum + histogram.sum as f64, count + histogram.count));
        sum / count as f64 / NANOS_PER_MILLI
    }

    /// Upper edge of the bucket in which the quantile lies, in nanoseconds, never above the largest sample.
    fn quantile(&self, quantile: f64) -> f64 {
        let wanted = (self.count as f64 * quantile).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= wanted {
                return upper_edge(bucket).min(self.max as f64);
            }
        }
        self.max as f64
    }
}

fn bucket_of(nanos: u64) -> usize {
    let value = nanos.max(1 << SUB_BUCKET_BITS);
    let power = value.ilog2();
    let sub = (value >> (power - SUB_BUCKET_BITS)) as usize & ((1 << SUB_BUCKET_BITS) - 1);
    ((power as usize) << SUB_BUCKET_BITS) | sub
}

fn upper_edge(bucket: usize) -> f64 {
    let power = (bucket >> SUB_BUCKET_BITS) as i32;
    let sub = (bucket & ((1 << SUB_BUCKET_BITS) - 1)) as f64;
    2f64.powi(power) * (1.0 + (sub + 1.0) / f64::from(1 << SUB_BUCKET_BITS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_recorded_is_not_measured() {
        assert!(Histogram::default().latency().mean.is_nan());
    }

    proptest! {
        #[test]
        fn quantiles_are_at_most_a_quarter_above_the_truth(mut nanos in prop::collection::vec(4u64..1 << 40, 1..200)) {
            let mut histogram = Histogram::default();
            nanos.iter().for_each(|value| histogram.record(*value));
            nanos.sort_unstable();
            for quantile in [0.5, 0.99] {
                let truth = nanos[((nanos.len() as f64 * quantile).ceil() as usize).max(1) - 1] as f64;
                let answer = histogram.quantile(quantile);
                prop_assert!(answer >= truth && answer <= truth * 1.25, "{answer} for {truth}");
            }
        }
    }
}
