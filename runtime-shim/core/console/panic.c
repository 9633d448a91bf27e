// When the core can not go on: one line with an id, the machine's state, the way here, and the end.
#include "panic.h"
#include "core.h"
#include "threads.h"

#define BACKTRACE_LINES 64

static bool panicking;

// The image's own data (the boot stack is there) is always mapped; anything else is asked for.
static bool readable(uint64_t address) {
    return (address >= (uint64_t)data_start && address + 16 <= (uint64_t)image_end) ||
           memory_populate(address, 16, false);
}

static void frame_print(uint64_t address, unsigned times) {
    debugcon_print("@%lx\n", address);
    if (times > 1)
        kprintf("  %016lx  repeated %u times\n", address, times);
    else
        kprintf("  %016lx\n", address);
}

// The chain of frame pointers, deepest call first. Addresses outside of the image's code end it; the runner
// turns them into names by PROGRAM.elf.dbg. A function that calls itself is one line.
void backtrace_print(uint64_t rip, uint64_t rbp) {
    kprintf("backtrace (names: llvm-symbolizer --obj=PROGRAM.elf.dbg ADDRESS):\n");
    unsigned lines = 0, times = 1;
    uint64_t address = rip;
    while (lines < BACKTRACE_LINES && !(rbp & 7) && readable(rbp)) {
        const uint64_t *frame = (const uint64_t *)rbp;
        if (frame[1] < (uint64_t)text_start || frame[1] >= (uint64_t)text_end)
            break;
        if (frame[1] == address)
            times++;
        else {
            frame_print(address, times);
            lines++;
            address = frame[1];
            times = 1;
        }
        if (frame[0] <= rbp)
            break;
        rbp = frame[0];
    }
    frame_print(address, times);
}

static void registers_print(const struct trap_frame *f) {
    uint64_t cr2, cr3;
    __asm__("mov %%cr2, %0\n mov %%cr3, %1" : "=r"(cr2), "=r"(cr3));
    kprintf("rip %016lx rsp %016lx rflags %016lx vector %lu error %lx\n", f->rip, f->rsp, f->rflags,
            f->vector, f->error);
    kprintf("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx, f->rcx, f->rdx);
    kprintf("rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", f->rsi, f->rdi, f->rbp, f->r8);
    kprintf("r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", f->r9, f->r10, f->r11, f->r12);
    kprintf("r13 %016lx r14 %016lx r15 %016lx cr2 %016lx cr3 %016lx\n", f->r13, f->r14, f->r15, cr2, cr3);
}

static void thread_print(void) {
    const struct thread *t = thread_current();
    if (t)
        kprintf("thread %u \"%s\", stack %016lx-%016lx\n", t->id, t->name, t->stack_low,
                t->stack_low + t->stack_size);
}

_Noreturn void panic_trap(const struct trap_frame *frame, int code, const char *format, ...) {
    __asm__ volatile("cli");
    if (!panicking) { // a fault in here must not start over
        panicking = true;
        char line[256];
        va_list args;
        va_start(args, format);
        kvsnprintf(line, sizeof line, format, args);
        va_end(args);
        kprintf("\n%s\n", line);
        thread_print();
        registers_print(frame);
        backtrace_print(frame->rip, frame->rbp);
    }
    machine_exit(code);
}

_Noreturn void panic(const char *format, ...) {
    __asm__ volatile("cli");
    if (!panicking) {
        panicking = true;
        char line[256];
        va_list args;
        va_start(args, format);
        kvsnprintf(line, sizeof line, format, args);
        va_end(args);
        kprintf("\n%s\n", line);
        thread_print();
        backtrace_print((uint64_t)__builtin_return_address(0), *(uint64_t *)__builtin_frame_address(0));
    }
    machine_exit(EXIT_PANIC);
}

_Noreturn void refuse(const char *format, ...) {
    char line[512];
    va_list args;
    va_start(args, format);
    kvsnprintf(line, sizeof line, format, args);
    va_end(args);
    kprintf("%s\n", line);
    machine_exit(EXIT_REFUSED);
}
