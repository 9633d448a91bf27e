// Wall clock and timer interrupt.
#include "calibrate.h"
#include "clocks.h"
#include "core.h"
#include "cpu.h"
#include "offsets.h"
#include "time_parts.h"

static void apic_timer_start(void);

void time_init(void) {
    apic_init();
    tsc_init();
    if (!cpu_features.tsc_deadline)
        apic_timer_start();
}

// ---- wall clock ----

static uint64_t realtime_offset; // realtime - monotonic; 0: not read yet

uint64_t time_realtime_ns(void) {
    uint64_t flags = irq_save();
    if (!realtime_offset) {
        uint64_t now = kvmclock_wall_ns();
        if (!now)
            now = rtc_seconds() * NS_PER_SECOND +
                  NS_PER_SECOND / 2; // it shows whole seconds, and QEMU starts it at one
        realtime_offset = now - time_monotonic_ns();
    }
    irq_restore(flags);
    return realtime_offset + time_monotonic_ns();
}

void time_set_realtime_ns(uint64_t ns) {
    realtime_offset = ns - time_monotonic_ns();
}

// ---- timer ----

#define LVT_TSC_DEADLINE 0x40000
#define DIVIDE_BY_16 3
#define APIC_SPAN_NS 200000 // the least span over which the APIC timer's frequency is taken

// How fast the APIC's timer counts, against the TSC: it starts from its largest value here, and whoever arms
// it first, usually some milliseconds later, compares. (Not in hertz: the TSC's own frequency is still being
// refined then.)
static uint64_t apic_span, tsc_span; // what both counted in the same time; 0: not known yet
struct apic_sample {
    uint64_t tsc;
    uint32_t ticks;
};
static struct apic_sample apic_first;

static struct apic_sample apic_sample_take(void) {
    struct apic_sample best = {0};
    uint64_t best_width = UINT64_MAX;
    for (int i = 0; i < 3; i++) {
        uint64_t before = rdtsc();
        uint32_t current = apic_read(APIC_TIMER_CURRENT);
        uint64_t width = rdtsc() - before;
        if (width < best_width) {
            best_width = width;
            best = (struct apic_sample){.tsc = before + width / 2, .ticks = UINT32_MAX - current};
        }
    }
    return best;
}

static void apic_timer_start(void) {
    apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_16);
    apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
    apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
    apic_first = apic_sample_take();
}

static void apic_timer_calibrate(void) {
    uint64_t least = mul_div(time_tsc_hz(), APIC_SPAN_NS, NS_PER_SECOND);
    struct apic_sample now;
    do
        now = apic_sample_take();
    while (now.tsc - apic_first.tsc < least);
    apic_span = now.ticks - apic_first.ticks;
    tsc_span = now.tsc - apic_first.tsc;
}

void timer_arm(uint64_t deadline_ns) {
    if (cpu_features.tsc_deadline) {
        static bool enabled;
        if (!enabled)
            apic_write(APIC_LVT_TIMER, LVT_TSC_DEADLINE | VECTOR_TIMER);
        enabled = true;
        __asm__ volatile("mfence"); // SDM vol. 3A, 11.5.4.1: the LVT write and the MSR write are not ordered
        msr_write(MSR_TSC_DEADLINE, time_to_tsc(deadline_ns));
        return;
    }
    if (!tsc_span)
        apic_timer_calibrate();
    uint64_t now = rdtsc(), until = time_to_tsc(deadline_ns);
    uint64_t ticks = until > now ? mul_div(until - now, apic_span, tsc_span) + 1 : 1;
    apic_write(APIC_TIMER_INITIAL, ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX);
}
