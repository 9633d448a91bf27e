// Offsets that assembly knows; threads/thread.c and cpu/cpu.c assert them.
#ifndef OFFSETS_H
#define OFFSETS_H

#define CPU_SELF 0
#define CPU_CURRENT 8
#define CPU_KERNEL_STACK_TOP 16

#define THREAD_SIGNALS_READY 0 // byte: a signal is pending that is not masked
#define THREAD_STACK_LOW 8
#define THREAD_STACK_SIZE 16

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS 0x18

// Vectors: 0-31 exceptions, then devices (IO-APIC and MSI), then the core's own.
#define VECTOR_DEVICE_FIRST 32
#define VECTOR_DEVICE_LAST 89
#define VECTOR_TIMER 90
#define VECTOR_SIGRETURN 91 // int $91: return from a signal handler
#define VECTOR_SIGNAL 92    // int $92: deliver signals to myself
#define VECTOR_SPURIOUS 95  // older local APICs hard-wire the low four bits to ones
#define VECTOR_COUNT 96
#define TRAP_STUB_SIZE 8 // code of one vector's entry

#define DIRECT_MAP_PML4_INDEX 273 // of DIRECT_MAP_BASE
#define BOOT_STACK_SIZE 16384
#define FAULT_STACK_SIZE 8192

#endif
