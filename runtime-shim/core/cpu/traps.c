// What an exception or an interrupt means: demand paging, a signal for the program, a device, a panic.
#include "core.h"
#include "cpu.h"
#include "offsets.h"
#include "panic.h"
#include "signals.h"
#include "threads.h"

enum {
    EXCEPTION_DIVIDE = 0,
    EXCEPTION_DEBUG = 1,
    EXCEPTION_BREAKPOINT = 3,
    EXCEPTION_OVERFLOW = 4,
    EXCEPTION_INVALID = 6,
    EXCEPTION_STACK = 12,
    EXCEPTION_PROTECTION = 13,
    EXCEPTION_PAGE = 14,
    EXCEPTION_X87 = 16,
    EXCEPTION_ALIGNMENT = 17,
    EXCEPTION_SIMD = 19
};

#define PF_PRESENT 1
#define PF_WRITE 2
#define PF_FETCH 16

#define RFLAGS_IF 0x200

// Names separated by zeros, in the order of the vectors.
static const char *exception_name(uint64_t vector) {
    const char *name =
        "divide error\0debug\0NMI\0breakpoint\0overflow\0bound range\0invalid opcode\0no x87\0double fault\0"
        "vector 9\0invalid TSS\0segment not present\0stack segment\0general protection\0page fault\0"
        "vector 15\0x87 error\0alignment check\0machine check\0SIMD error\0exception";
    for (uint64_t i = 0; i < vector && i < 20; i++)
        while (*name++)
            ;
    return name;
}

// An exception of the program becomes the signal that Linux would send (arch/x86/kernel/traps.c); the core's
// own are bugs.
static void fault_to_signal(struct trap_frame *f, int signal, int code, uint64_t address) {
    if (!(f->rflags & RFLAGS_IF))
        panic_trap(f, EXIT_PANIC, "UKN9010 %s in the core (address %lx)", exception_name(f->vector), address);
    signal_fault(f, signal, code, address);
}

static void page_fault(struct trap_frame *f) {
    uint64_t address;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    if (memory_fault(address, f->error & PF_WRITE, f->error & PF_FETCH))
        return;
    if (memory_is_stack_guard(address) || memory_is_stack_guard(f->rsp))
        stack_overflow(f);
    fault_to_signal(f, SIGSEGV, f->error & PF_PRESENT ? SEGV_ACCERR : SEGV_MAPERR, address);
}

static void exception(struct trap_frame *f) {
    switch (f->vector) {
    case EXCEPTION_PAGE:
        return page_fault(f);
    case EXCEPTION_DIVIDE:
        return fault_to_signal(f, SIGFPE, FPE_INTDIV, f->rip);
    case EXCEPTION_X87:
    case EXCEPTION_SIMD:
        return fault_to_signal(f, SIGFPE, FPE_FLTINV, f->rip);
    case EXCEPTION_DEBUG:
    case EXCEPTION_BREAKPOINT:
        return fault_to_signal(f, SIGTRAP, SI_KERNEL, f->rip);
    case EXCEPTION_INVALID:
        return fault_to_signal(f, SIGILL, ILL_ILLOPN, f->rip);
    case EXCEPTION_ALIGNMENT:
        return fault_to_signal(f, SIGBUS, BUS_ADRALN, 0);
    case EXCEPTION_STACK:
    case EXCEPTION_PROTECTION: // e.g. a non-canonical address; Linux: SEGV, SI_KERNEL, address 0
        return fault_to_signal(f, SIGSEGV, SI_KERNEL, 0);
    default:
        panic_trap(f, EXIT_PANIC, "UKN9010 %s", exception_name(f->vector));
    }
}

void trap_handler(struct trap_frame *f) {
    if (f->vector < VECTOR_DEVICE_FIRST) {
        exception(f);
        return;
    }
    switch (f->vector) {
    case VECTOR_SIGRETURN:
        signal_return(f);
        break;
    case VECTOR_SIGNAL:
        break;
    case VECTOR_TIMER:
        apic_end_of_interrupt();
        sched_timer();
        break;
    case VECTOR_SPURIOUS:
        return;
    default:
        sched_interrupt(true);
        irq_dispatch((unsigned)f->vector);
        sched_interrupt(false);
    }
    // Interrupts were on, so this is the program (or the idle thread) on its own stack: other threads may run
    // now.
    sched_preempt();
    if (thread_current()->signals_ready)
        signal_deliver(f);
}
