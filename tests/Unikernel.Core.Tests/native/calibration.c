// sources: time/calibrate.c
#include "check.h"
#include "time/calibrate.h"
#include <stdlib.h>
#include <time.h>

#define PIT_HZ 1193182ull
#define WRAP 65536ull

static uint64_t difference(uint64_t a, uint64_t b) {
    return a > b ? a - b : b - a;
}

static void mul_div_has_128_bits(void) {
    CHECK(mul_div(7, 9, 2) == 31);
    CHECK(mul_div(UINT64_MAX, UINT64_MAX, UINT64_MAX) == UINT64_MAX);
    CHECK(mul_div(3000000000ull * 1000000000, 2300000000, 1000000000) == 6900000000000000000ull);
}

// An hour of ticks must come out as an hour, to some microseconds, at any frequency a TSC has.
static void scale_is_exact(void) {
    static const uint64_t frequencies[] = {1000000,    24000000,   999999999,  1000000000,
                                           1000000001, 2299997555, 3400000000, 5100000000};
    for (unsigned i = 0; i < sizeof frequencies / sizeof frequencies[0]; i++) {
        struct clock_scale s = clock_scale_from_hz(frequencies[i]);
        CHECK(s.shift <= 63);
        CHECK(difference(clock_scale_apply(s, frequencies[i] * 3600), 3600000000000ull) < 10000);
    }
}

static void scale_lasts_for_years(void) {
    struct clock_scale s = clock_scale_from_hz(3000000000);
    uint64_t ten_years = 10ull * 365 * 86400;
    CHECK(difference(clock_scale_apply(s, ten_years * 3000000000), ten_years * 1000000000) < 1000000000);
}

static void frequency_without_estimate(void) {
    // 10 ms: 11,931 ticks of the PIT, 23,000,000 of the TSC
    CHECK(difference(calibrate_hz(23000000, 11931, WRAP, PIT_HZ, 0), 2300000000) < 2300000000 / 10000);
    CHECK(calibrate_hz(1000, 0, WRAP, PIT_HZ, 0) == 0);
}

// For spans up to minutes the estimate, good to 100 ppm, tells the number of wraps; then the result is good
// to the PIT's tick.
static void frequency_over_many_wraps(void) {
    const uint64_t true_hz = 2299997555, estimate = true_hz + true_hz / 10000;
    for (uint64_t ms = 1; ms < 100000; ms = ms * 7 / 4 + 1) {
        uint64_t tsc = true_hz / 1000 * ms, pit = PIT_HZ * ms / 1000;
        uint64_t hz = calibrate_hz(tsc, pit % WRAP, WRAP, PIT_HZ, estimate);
        CHECK(difference(hz, true_hz) <= true_hz / pit + 2 * true_hz / 1000000 / ms + 2400);
    }
}

static void a_useless_estimate_is_refused(void) {
    // One second, an estimate 3 % off: half a wrap of the PIT per second is 2.7 %.
    unsigned refused = 0;
    for (uint64_t rest = 0; rest < WRAP; rest += 4096)
        refused += calibrate_hz(2300000000, rest, WRAP, PIT_HZ, 2369000000) == 0;
    CHECK(refused > 0);
}

static void dates(void) {
    CHECK(seconds_from_civil(1970, 1, 1, 0, 0, 0) == 0);
    CHECK(seconds_from_civil(2000, 2, 29, 23, 59, 59) == 951868799);
    CHECK(seconds_from_civil(2000, 3, 1, 0, 0, 0) == 951868800);
    CHECK(seconds_from_civil(2038, 1, 19, 3, 14, 8) == 2147483648ll);
    // Against the host's own calendar, every 11 hours for a century.
    for (time_t t = 0; t < 100ll * 365 * 86400; t += 39600) {
        struct tm c;
        gmtime_r(&t, &c);
        CHECK(seconds_from_civil(c.tm_year + 1900, c.tm_mon + 1, c.tm_mday, c.tm_hour, c.tm_min, c.tm_sec) ==
              t);
    }
}

int main(void) {
    RUN(mul_div_has_128_bits);
    RUN(scale_is_exact);
    RUN(scale_lasts_for_years);
    RUN(frequency_without_estimate);
    RUN(frequency_over_many_wraps);
    RUN(a_useless_estimate_is_refused);
    RUN(dates);
    return check_failures != 0;
}
