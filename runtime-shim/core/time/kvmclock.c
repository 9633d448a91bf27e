// kvmclock (Linux: Documentation/virt/kvm/x86/msr.rst and cpuid.rst): the TSC's frequency, and the wall
// clock, from KVM.
#include "calibrate.h"
#include "clocks.h"
#include "core.h"
#include "cpu.h"
#include "time_parts.h"

#define KVM_SIGNATURE_EBX 0x4b4d564b // "KVMK"
#define KVM_FEATURE_CLOCKSOURCE2 (1u << 3)
#define KVM_FEATURE_CLOCKSOURCE_STABLE (1u << 24)
#define MSR_KVM_WALL_CLOCK_NEW 0x4b564d00
#define MSR_KVM_SYSTEM_TIME_NEW 0x4b564d01

struct pvclock_time_info {
    volatile uint32_t version;
    uint32_t pad0;
    uint64_t tsc_timestamp, system_time;
    uint32_t tsc_to_system_mul;
    int8_t tsc_shift;
    uint8_t flags, pad[2];
};
struct pvclock_wall_clock {
    volatile uint32_t version;
    uint32_t seconds, nanoseconds;
};

static bool offered(void) {
    uint32_t a, b, c, d;
    if (!cpu_features.hypervisor)
        return false;
    cpuid(0x40000000, 0, &a, &b, &c, &d);
    if (b != KVM_SIGNATURE_EBX || a < 0x40000001)
        return false;
    cpuid(0x40000001, 0, &a, &b, &c, &d);
    uint32_t needed = KVM_FEATURE_CLOCKSOURCE2 | KVM_FEATURE_CLOCKSOURCE_STABLE;
    return (a & needed) == needed;
}

// The image is identity-mapped, so an object's address is its physical one. Bit 0 enables.
static struct pvclock_time_info info __attribute__((aligned(64)));

static bool read_info(struct pvclock_time_info *out) {
    static bool enabled;
    if (!enabled && !offered())
        return false;
    if (!enabled)
        msr_write(MSR_KVM_SYSTEM_TIME_NEW, (uint64_t)&info | 1);
    enabled = true;
    uint32_t version;
    do { // an odd version: an update is under way
        version = info.version;
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        *out = info;
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    } while (version & 1 || version != info.version);
    return out->tsc_to_system_mul != 0;
}

// ns = (ticks shifted by tsc_shift) * mul >> 32
uint64_t kvmclock_hz(void) {
    struct pvclock_time_info i;
    if (!read_info(&i))
        return 0;
    uint64_t hz = mul_div(NS_PER_SECOND, 1ull << 32, i.tsc_to_system_mul);
    return i.tsc_shift < 0 ? hz << -i.tsc_shift : hz >> i.tsc_shift;
}

// The wall clock of the moment at which kvmclock was 0, plus what kvmclock shows now.
uint64_t kvmclock_wall_ns(void) {
    static struct pvclock_wall_clock wall __attribute__((aligned(16)));
    struct pvclock_time_info i;
    if (!read_info(&i))
        return 0;
    msr_write(MSR_KVM_WALL_CLOCK_NEW, (uint64_t)&wall);
    uint64_t ticks = rdtsc() - i.tsc_timestamp;
    ticks = i.tsc_shift < 0 ? ticks >> -i.tsc_shift : ticks << i.tsc_shift;
    uint64_t system = i.system_time + (uint64_t)((unsigned __int128)ticks * i.tsc_to_system_mul >> 32);
    return wall.seconds * NS_PER_SECOND + wall.nanoseconds + system;
}
