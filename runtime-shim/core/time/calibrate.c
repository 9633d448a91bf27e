#include "calibrate.h"

#define NS_PER_SECOND 1000000000ull

// The largest shift whose multiplier fits 32 bits: 31 significant bits, an error below one part in 10^9.
struct clock_scale clock_scale_from_hz(uint64_t hz) {
    struct clock_scale s = {.shift = 32};
    uint64_t multiplier = mul_div(NS_PER_SECOND, 1ull << s.shift, hz);
    while (multiplier >> 32) { // below 1 GHz
        multiplier >>= 1;
        s.shift--;
    }
    while (!(multiplier >> 31) && s.shift < 63) {
        s.shift++;
        multiplier = mul_div(NS_PER_SECOND, 1ull << s.shift, hz);
    }
    s.multiplier = (uint32_t)multiplier;
    return s;
}

uint64_t calibrate_hz(uint64_t tsc_span, uint64_t reference_span, uint64_t modulus, uint64_t reference_hz,
                      uint64_t estimate_hz) {
    if (estimate_hz) {
        uint64_t expected = mul_div(tsc_span, reference_hz, estimate_hz);
        // The number of whole wraps that brings the span nearest to what is expected.
        uint64_t wraps = expected > reference_span ? (expected - reference_span + modulus / 2) / modulus : 0;
        reference_span += wraps * modulus;
        uint64_t off = expected > reference_span ? expected - reference_span : reference_span - expected;
        if (off > modulus / 4)
            return 0;
    }
    if (!reference_span)
        return 0;
    return mul_div(tsc_span, reference_hz, reference_span);
}

// Days before 1 March of year 0 are counted from March, so that the leap day comes last (the usual "days from
// civil").
int64_t seconds_from_civil(int year, int month, int day, int hour, int minute, int second) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t m = (month + 9) % 12;
    int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
    return ((days * 24 + hour) * 60 + minute) * 60 + second;
}
