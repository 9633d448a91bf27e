// Prints how many thousand times a second this machine's time stamp counter counts, measured over 200 ms: what a Linux guest under an
// emulator is told by tsc_early_khz=, because microvm with ACPI has no other timer by which the kernel could calibrate its clocks.
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int main(void) {
    uint64_t start = now(), ticks = __rdtsc(), end = start;
    while (end - start < 200000000)
        end = now();
    ticks = __rdtsc() - ticks;
    printf("%llu\n", (unsigned long long)(ticks * 1000000 / (end - start)));
    return 0;
}
