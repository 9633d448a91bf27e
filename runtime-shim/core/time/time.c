// Wall clock and timer interrupt.
#include "clocks.h"
#include "core.h"
#include "cpu.h"
#include "offsets.h"
#include "time_parts.h"

void time_init(void) {
    apic_init();
    tsc_init();
}

// ---- wall clock ----------------------------------------------------------------------------------------------------

static uint64_t realtime_offset; // realtime - monotonic; 0: not read yet

uint64_t time_realtime_ns(void) {
    uint64_t flags = irq_save();
    if (!realtime_offset) {
        uint64_t now = kvmclock_wall_ns();
        if (!now)
            now = rtc_seconds() * NS_PER_SECOND;
        realtime_offset = now - time_monotonic_ns();
    }
    irq_restore(flags);
    return realtime_offset + time_monotonic_ns();
}

// ---- timer ---------------------------------------------------------------------------------------------------------

#define LVT_TSC_DEADLINE 0x40000
#define DIVIDE_BY_16 3
#define APIC_SPAN_NS 100000 // the least span of TSC over which the APIC timer's frequency is taken

static uint64_t apic_hz; // after the divider

// How fast the APIC's timer counts, against the TSC. It counts from its largest value since time_init(); whoever arms the timer first
// comes here, usually milliseconds later.
static void apic_timer_start(void) {
    apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_16);
    apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
    apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
    uint64_t start = rdtsc(), hz = time_tsc_hz(), span = hz / (NS_PER_SECOND / APIC_SPAN_NS), now;
    uint32_t ticks;
    do {
        ticks = UINT32_MAX - apic_read(APIC_TIMER_CURRENT);
        now = rdtsc();
    } while (now - start < span);
    apic_hz = (uint64_t)((unsigned __int128)ticks * hz / (now - start));
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
    if (!apic_hz)
        apic_timer_start();
    uint64_t now = time_monotonic_ns();
    uint64_t span = deadline_ns > now ? deadline_ns - now : 0;
    uint64_t ticks = span / NS_PER_SECOND >= 60 ? UINT32_MAX : span * apic_hz / NS_PER_SECOND + 1;
    apic_write(APIC_TIMER_INITIAL, ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX);
}
