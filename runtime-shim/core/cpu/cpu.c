// The processor's set-up: what it can do, descriptor tables, control registers, the vector state.
#include "cpu.h"
#include "core.h"
#include "offsets.h"

struct cpu_features cpu_features;

_Static_assert(offsetof(struct cpu, self) == CPU_SELF && offsetof(struct cpu, current) == CPU_CURRENT &&
                   offsetof(struct cpu, kernel_stack_top) == CPU_KERNEL_STACK_TOP,
               "include/offsets.h");

_Static_assert((DIRECT_MAP_BASE >> 39 & 511) == DIRECT_MAP_PML4_INDEX, "include/offsets.h");

struct cpu boot_cpu = {.self = &boot_cpu};

struct tss { // SDM vol. 3A, 8.7
    uint32_t reserved0;
    uint64_t rsp[3], reserved1, ist[7], reserved2;
    uint16_t reserved3, io_map;
} __attribute__((packed));
static struct tss boot_tss = {.io_map = sizeof(struct tss)};

// Null, code, data, TSS (16 bytes). The size of a stack segment means nothing in 64-bit mode, but QEMU without hardware
// virtualisation translates code anew for each (HF_SS32_MASK), and for a handler the CPU puts the null segment into SS,
// which counts as one of 16 bits. Threads are switched in handlers, so much of the program would run with either: the
// data segment is one of 16 bits, and handlers load it.
static uint64_t gdt[5] = {0, 0x00af9b000000ffff, 0x008f93000000ffff, 0, 0};

struct gate {
    uint16_t offset0, selector;
    uint8_t ist, type;
    uint16_t offset1;
    uint32_t offset2, reserved;
};
static struct gate idt[VECTOR_COUNT];

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

// Interrupt stacks by IST index. The stock runtime's code uses the red zone, so no vector may go on on the
// interrupted stack.
#define IST_THREAD 1 // interrupts: the thread's kernel stack, so that a handler may simply switch threads
#define IST_FAULT                                                                                            \
    2 // exceptions: they may strike on a kernel stack too (the core touches the program's memory)
#define IST_ABORT 3 // NMI, double fault, machine check: never return

#define VECTOR_NMI 2
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_MACHINE_CHECK 18

static uint8_t fault_stack[FAULT_STACK_SIZE] __attribute__((aligned(16))),
    abort_stack[4096] __attribute__((aligned(16)));

extern uint8_t trap_stubs[]; // cpu/traps.S: TRAP_STUB_SIZE bytes for each vector
_Static_assert(offsetof(struct trap_frame, vector) == 120, "VECTOR_OFFSET in cpu/traps.S");

static void descriptor_tables_load(void) {
    uint64_t base = (uint64_t)&boot_tss;
    gdt[3] = (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
    gdt[4] = base >> 32;
    boot_tss.ist[IST_FAULT - 1] = (uint64_t)fault_stack + sizeof fault_stack;
    boot_tss.ist[IST_ABORT - 1] = (uint64_t)abort_stack + sizeof abort_stack;
    // Until threads have stacks of their own: interrupts are off, so nothing uses it but a bug's last
    // message.
    boot_tss.ist[IST_THREAD - 1] = boot_tss.ist[IST_ABORT - 1];

    for (unsigned v = 0; v < VECTOR_COUNT; v++) {
        uint64_t entry = (uint64_t)trap_stubs + v * TRAP_STUB_SIZE;
        bool abort = v == VECTOR_NMI || v == VECTOR_DOUBLE_FAULT || v == VECTOR_MACHINE_CHECK;
        idt[v] = (struct gate){.offset0 = (uint16_t)entry,
                               .offset1 = (uint16_t)(entry >> 16),
                               .offset2 = (uint32_t)(entry >> 32),
                               .selector = SELECTOR_CODE,
                               .ist = abort                     ? IST_ABORT
                                      : v < VECTOR_DEVICE_FIRST ? IST_FAULT
                                                                : IST_THREAD,
                               .type = 0x8e}; // present, interrupt gate: IF is cleared
    }

    struct table_pointer g = {sizeof gdt - 1, (uint64_t)gdt}, i = {sizeof idt - 1, (uint64_t)idt};
    __asm__ volatile("lgdt %0\n lidt %1\n ltr %w2" ::"m"(g), "m"(i), "r"(SELECTOR_TSS) : "memory");
}

void kernel_stack_set(uint64_t top) {
    cpu_current()->kernel_stack_top = top;
    boot_tss.ist[IST_THREAD - 1] = top;
}

// x86-64-v2 (System V psABI, "micro-architecture levels"): ILC's default code for this target uses it without
// asking.
static void features_require(uint32_t ecx1, uint32_t edx1, uint32_t ecx81) {
    static const struct {
        uint8_t register_, bit;
        char name[10];
    } needed[] = {{0, 0, "SSE3"},    {0, 9, "SSSE3"}, {0, 13, "CX16"}, {0, 19, "SSE4.1"}, {0, 20, "SSE4.2"},
                  {0, 23, "POPCNT"}, {1, 9, "APIC"},  {1, 4, "TSC"},   {2, 0, "LAHF"}};
    const uint32_t have[] = {ecx1, edx1, ecx81};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!(have[needed[i].register_] >> needed[i].bit & 1))
            refuse("UKN9003 this CPU has no %s; use an x86-64-v2 CPU (QEMU: -cpu max, Nehalem or newer)",
                   needed[i].name);
}

#define XCR0_X87_SSE 0x3
#define XCR0_AVX 0x4
#define XCR0_AVX512 0xe0

static void vector_state_detect(uint32_t ecx1) {
    cpu_features.vector_state_size = 512;
    uint32_t a, b, c, d;
    if (!(ecx1 >> 26 & 1) || cpu_features.max_leaf < 0xd)
        return; // FXSAVE only. Leaf 0Dh is checked because QEMU lets "-cpu Westmere,+xsave" offer XSAVE
                // without it.
    cpuid(0xd, 0, &a, &b, &c, &d);
    if (!(a & XCR0_X87_SSE))
        return;
    cpu_features.xsave = true;
    cpu_features.xcr0 = a & (XCR0_X87_SSE | XCR0_AVX | XCR0_AVX512);
    if ((cpu_features.xcr0 & XCR0_AVX512) != XCR0_AVX512)
        cpu_features.xcr0 &= ~(uint64_t)XCR0_AVX512;
    uint64_t cr4;
    __asm__ volatile("mov %%cr4, %0\n or $0x40000, %0\n mov %0, %%cr4" : "=&r"(cr4)); // OSXSAVE
    __asm__ volatile("xsetbv" ::"c"(0), "a"((uint32_t)cpu_features.xcr0), "d"(0));
    cpuid(0xd, 0, &a, &b, &c, &d); // EBX: the size for what XCR0 enables now
    cpu_features.vector_state_size = b;
    if (b > VECTOR_STATE_MAX)
        panic("UKN9010 the vector state takes %u bytes, more than the %u that the core keeps for it", b,
              VECTOR_STATE_MAX);
}

// XRSTOR needs a zero header (its bytes 512-575), and MXCSR 0 would unmask every exception.
void vector_state_init(void *area) {
    uint8_t *p = area;
    for (uint32_t i = 0; i < cpu_features.vector_state_size; i++)
        p[i] = 0;
    *(uint16_t *)p = 0x37f;         // FCW
    *(uint32_t *)(p + 24) = 0x1f80; // MXCSR
    if (cpu_features.xsave)
        *(uint64_t *)(p + 512) = XCR0_X87_SSE; // XSTATE_BV: both are to be loaded from the area
}

void cpu_init(void) {
    uint32_t a, b, c, d, ecx1, edx1, ecx81;
    descriptor_tables_load();
    cpuid(0, 0, &cpu_features.max_leaf, &b, &c, &d);
    cpuid(1, 0, &a, &b, &ecx1, &edx1);
    cpuid(0x80000001, 0, &a, &b, &ecx81, &d);
    features_require(ecx1, edx1, ecx81);
    cpu_features.hypervisor = ecx1 >> 31;
    cpu_features.tsc_deadline = ecx1 >> 24 & 1;
    cpu_features.rdrand = ecx1 >> 30 & 1;
    if (cpu_features.max_leaf >= 7) {
        cpuid(7, 0, &a, &b, &c, &d);
        cpu_features.rdseed = b >> 18 & 1;
        cpu_features.fsgsbase = b & 1;
    }
    if (cpu_features.fsgsbase) {
        uint64_t cr4;
        __asm__ volatile("mov %%cr4, %0\n or $0x10000, %0\n mov %0, %%cr4" : "=&r"(cr4)); // FSGSBASE
    }
    vector_state_detect(ecx1);
}
