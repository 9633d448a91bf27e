// The monotonic clock: the TSC, and how fast it runs.
//
// The frequency comes from the CPU or the hypervisor where they tell. Otherwise the PIT's channel 0 counts
// beside it: once started it runs freely, so that nothing waits for it. The first reading of the clock
// compares the two over whatever time the boot took until then; later readings, at spans growing fivefold,
// make the frequency more exact. (The PIT wraps every 55 ms; the frequency known so far tells how often it
// did.)
#include "calibrate.h"
#include "clocks.h"
#include "core.h"
#include "cpu.h"
#include "port.h"
#include "time_parts.h"

#define PIT_HZ 1193182
#define PIT_CHANNEL0 0x40
#define PIT_COMMAND 0x43
#define PIT_MODULUS 65536

struct sample {
    uint64_t tsc;
    uint32_t pit; // ticks counted down
};
static struct sample first;
static uint64_t next_refinement; // TSC
static bool pit_runs;

static uint64_t start_tsc;         // when the clock was 0
static uint64_t base_tsc, base_ns; // the clock is base_ns at base_tsc
static uint32_t base_version;      // changes with them
static struct clock_scale scale;
static uint64_t tsc_hz; // 0: not known yet

static uint32_t pit_read(void) {
    out8(PIT_COMMAND, 0x00); // latch channel 0
    uint32_t low = in8(PIT_CHANNEL0);
    return low | (uint32_t)in8(PIT_CHANNEL0) << 8;
}

// Both counters at one moment. Reading the PIT leaves the guest, and the host may take its time: the tightest
// of some tries.
static struct sample sample_take(void) {
    struct sample best = {0};
    uint64_t best_width = UINT64_MAX;
    for (int i = 0; i < 4; i++) {
        uint64_t before = rdtsc();
        uint32_t pit = pit_read();
        uint64_t width = rdtsc() - before;
        if (width < best_width) {
            best_width = width;
            best = (struct sample){.tsc = before + width / 2, .pit = (PIT_MODULUS - pit) % PIT_MODULUS};
        }
    }
    return best;
}

// From here on the clock runs at `hz`. It is set to what it would show had it always done so, unless that
// were a step back.
static void frequency_set(uint64_t hz, uint64_t now) {
    uint64_t shown = tsc_hz ? base_ns + clock_scale_apply(scale, now - base_tsc) : 0;
    tsc_hz = hz;
    scale = clock_scale_from_hz(hz);
    uint64_t right = clock_scale_apply(scale, now - start_tsc);
    base_ns = right > shown ? right : shown;
    base_tsc = now;
    __atomic_fetch_add(&base_version, 1, __ATOMIC_RELEASE);
}

#define FIRST_SPAN_PIT_TICKS 120 // 0.1 ms: good to some per cent, which the refinements mend before it shows
#define SPAN_GROWTH 5
#define SPAN_LAST_SECONDS 100

static void refine(void) {
    struct sample s = sample_take();
    uint64_t span = s.tsc - first.tsc;
    uint64_t hz = calibrate_hz(span, (s.pit - first.pit) % PIT_MODULUS, PIT_MODULUS, PIT_HZ, tsc_hz);
    if (hz)
        frequency_set(hz, rdtsc());
    next_refinement =
        tsc_hz && span / tsc_hz >= SPAN_LAST_SECONDS ? UINT64_MAX : first.tsc + span * SPAN_GROWTH;
}

// The boot took less than a wrap of the PIT until here, or it is under a debugger and the refinements will
// mend it.
static void calibrate_first(void) {
    if (!pit_runs)
        panic("UKN9014 no clock: neither the CPU nor the hypervisor tells the TSC's frequency, and there is "
              "no PIT (pit=off?)");
    while ((2 * PIT_MODULUS - pit_read() - first.pit) % PIT_MODULUS < FIRST_SPAN_PIT_TICKS)
        __builtin_ia32_pause();
    refine();
}

static void pit_start(void) {
    // Channel 0, low then high byte, mode 0, binary: it counts on after reaching zero, and its output, which
    // nobody listens to, rises only once, so that an emulator has nothing to do for it later.
    out8(PIT_COMMAND, 0x30);
    out8(PIT_CHANNEL0, 0); // 65536
    out8(PIT_CHANNEL0, 0);
    uint32_t a = pit_read();
    for (int i = 0; i < 1000 && !pit_runs; i++) // an absent port reads all ones for ever
        pit_runs = pit_read() != a;
    first = sample_take();
}

// SDM vol. 2A, CPUID 15h: TSC = crystal * EBX / EAX. 40000010h: kHz, VMware's leaf, which QEMU and
// Firecracker offer under KVM.
static uint64_t hz_from_cpuid(void) {
    uint32_t a, b, c, d;
    if (cpu_features.max_leaf >= 0x15) {
        cpuid(0x15, 0, &a, &b, &c, &d);
        if (a && b && c)
            return (uint64_t)c * b / a;
    }
    if (!cpu_features.hypervisor)
        return 0;
    cpuid(0x40000000, 0, &a, &b, &c, &d);
    if (a >= 0x40000010 && a < 0x40010000) {
        cpuid(0x40000010, 0, &a, &b, &c, &d);
        return (uint64_t)a * 1000;
    }
    return 0;
}

void tsc_init(void) {
    start_tsc = base_tsc = rdtsc();
    uint64_t hz = hz_from_cpuid();
    if (!hz)
        hz = kvmclock_hz();
    if (hz) {
        frequency_set(hz, base_tsc);
        next_refinement = UINT64_MAX;
    } else
        pit_start();
}

static void refine_if_due(void) {
    uint64_t flags = irq_save();
    if (!tsc_hz)
        calibrate_first();
    else if (rdtsc() >= next_refinement)
        refine();
    irq_restore(flags);
}

// Programs read the clock all the time, so this does not turn interrupts off: it starts again if the base
// changed meanwhile.
uint64_t time_monotonic_ns(void) {
    for (;;) {
        uint32_t version = __atomic_load_n(&base_version, __ATOMIC_ACQUIRE);
        uint64_t now = rdtsc();
        if (now >= next_refinement) {
            refine_if_due();
            continue;
        }
        uint64_t ns = base_ns + clock_scale_apply(scale, now - base_tsc);
        if (version == __atomic_load_n(&base_version, __ATOMIC_ACQUIRE))
            return ns;
    }
}

uint64_t time_tsc_hz(void) {
    if (!tsc_hz)
        time_monotonic_ns();
    return tsc_hz;
}

uint64_t time_to_tsc(uint64_t ns) {
    uint64_t since = ns > base_ns ? ns - base_ns : 0, century = 3200000000 * NS_PER_SECOND;
    return base_tsc + mul_div(since < century ? since : century, tsc_hz, NS_PER_SECOND);
}
