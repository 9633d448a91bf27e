// cpu/: features, the vector state, model-specific registers.
#ifndef CPU_H
#define CPU_H

#include "core.h"

struct cpu_features {
    bool xsave, fsgsbase, rdrand, rdseed, tsc_deadline, hypervisor;
    uint32_t max_leaf;
    uint32_t vector_state_size; // bytes of an XSAVE (or FXSAVE) area
    uint64_t xcr0;
};
extern struct cpu_features cpu_features;

#define MSR_APIC_BASE 0x1b
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101

static inline void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t *a, uint32_t *b, uint32_t *c,
                         uint32_t *d) {
    __asm__ volatile("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d) : "a"(leaf), "c"(subleaf));
}
static inline uint64_t msr_read(uint32_t msr) {
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return low | (uint64_t)high << 32;
}
static inline void msr_write(uint32_t msr, uint64_t value) {
    __asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}
static inline uint64_t rdtsc(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low | (uint64_t)high << 32;
}

#define VECTOR_STATE_ALIGN 64
#define VECTOR_STATE_MAX 4096       // x87 + SSE + AVX + AVX-512: 2,688 bytes
void vector_state_init(void *area); // as after FINIT and with MXCSR 1F80h
static inline void vector_state_save(void *area) {
    if (cpu_features.xsave)
        __asm__ volatile("xsave64 (%0)" ::"r"(area), "a"((uint32_t)cpu_features.xcr0), "d"(0) : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}
static inline void vector_state_restore(const void *area) {
    if (cpu_features.xsave)
        __asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"((uint32_t)cpu_features.xcr0), "d"(0) : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

static inline void thread_pointer_set(uint64_t base) { // FS base
    if (cpu_features.fsgsbase)
        __asm__ volatile("wrfsbase %0" ::"r"(base));
    else
        msr_write(MSR_FS_BASE, base);
}

void kernel_stack_set(uint64_t top); // where interrupts of the current thread, and kernel_call(), begin

// Local APIC (Intel SDM vol. 3A, chapter 11).
void apic_init(void);
void apic_end_of_interrupt(void);
uint32_t apic_read(uint32_t offset);
void apic_write(uint32_t offset, uint32_t value);
enum {
    APIC_ID = 0x20,
    APIC_EOI = 0xb0,
    APIC_SPURIOUS = 0xf0,
    APIC_LVT_TIMER = 0x320,
    APIC_TIMER_INITIAL = 0x380,
    APIC_TIMER_CURRENT = 0x390,
    APIC_TIMER_DIVIDE = 0x3e0
};

void irq_dispatch(unsigned vector); // a device's interrupt: its handlers, then end of interrupt

#endif
