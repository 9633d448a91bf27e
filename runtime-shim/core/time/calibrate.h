// Arithmetic of the clock, apart from the machine, so that the host's tests can run it.
#ifndef CALIBRATE_H
#define CALIBRATE_H

#include <stdbool.h>
#include <stdint.h>

// a * b / c with 128 bits in between; the quotient must fit 64. (A division of __int128 would call __udivti3
// of libgcc.)
static inline uint64_t mul_div(uint64_t a, uint64_t b, uint64_t c) {
    uint64_t low, high, rest;
    __asm__("mulq %3" : "=a"(low), "=d"(high) : "a"(a), "rm"(b) : "cc");
    __asm__("divq %4" : "=a"(low), "=d"(rest) : "a"(low), "d"(high), "rm"(c) : "cc");
    return low;
}

// ticks -> nanoseconds: (ticks * multiplier) >> shift, for spans of up to 2^64 / 10^9 seconds' worth of
// either.
struct clock_scale {
    uint32_t multiplier, shift;
};
struct clock_scale clock_scale_from_hz(uint64_t hz);
static inline uint64_t clock_scale_apply(struct clock_scale s, uint64_t ticks) {
    return (uint64_t)((unsigned __int128)ticks * s.multiplier >> s.shift);
}

// Frequency of the TSC from a reference counter of known frequency that wraps at `modulus` and was read
// twice, `tsc_span` TSC ticks apart. `estimate_hz` (0: none yet; then the span must be shorter than one wrap)
// tells how often it wrapped in between. 0: the estimate is too coarse to tell.
uint64_t calibrate_hz(uint64_t tsc_span, uint64_t reference_span, uint64_t modulus, uint64_t reference_hz,
                      uint64_t estimate_hz);

// Seconds since 1970 of a date of the Gregorian calendar (month 1-12).
int64_t seconds_from_civil(int year, int month, int day, int hour, int minute, int second);

#endif
