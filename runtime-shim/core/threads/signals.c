// Signals: what is pending, and the frames in which handlers run.
//
// A handler runs on the thread's own stack, in a frame as Linux builds it (arch/x86/kernel/signal_64.c):
// return address, ucontext, siginfo, vector state. The runtime edits the registers in the ucontext (a null
// reference becomes a call of RhpThrowHwEx: nativeaot/Runtime/unix/HardwareExceptions.cpp), and they are what
// the thread goes on with.
//
// A signal for a thread that is not running is delivered when it next leaves the core: from an interrupt
// through trap_handler(), from a wait at the end of kernel_call(). It is never dropped: the runtime sends no
// second activation until the first was handled.
#include "signals.h"
#include "cpu.h"
#include "panic.h"
#include "threads.h"

struct sigaction signal_actions[SIGRTMAX + 1];
static uint64_t process_pending; // for any thread that does not mask it

#define RED_ZONE 128
#define RFLAGS_TF 0x100
#define RFLAGS_IF 0x200
#define RFLAGS_DF 0x400
#define RFLAGS_EDITABLE 0x50cd5 // what Linux lets a handler change: FIX_EFLAGS in arch/x86/kernel/signal.c

struct signal_frame {
    void (*return_address)(void);
    ucontext_t context;
    siginfo_t info;
};

void signal_restore(void); // cpu/traps.S

static void ready_update(struct thread *t) {
    t->signals_ready = (t->pending & ~t->masked) != 0;
}

static bool ignored_by_default(int signal) {
    return signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH;
}

static void frame_push(struct trap_frame *f, const struct sigaction *action, int signal,
                       const siginfo_t *info) {
    struct thread *t = thread_current();
    uint64_t vector_state =
        ALIGN_DOWN(f->rsp - RED_ZONE - cpu_features.vector_state_size, (uint64_t)VECTOR_STATE_ALIGN);
    uint64_t low = ALIGN_DOWN(vector_state - sizeof(struct signal_frame), 16ul) -
                   8; // as after a call: RSP + 8 is aligned
    if (!memory_populate(low, f->rsp - low, true)) {
        if (memory_is_stack_guard(low) || memory_is_stack_guard(f->rsp))
            stack_overflow(f);
        panic_trap(f, 128 + signal, "UKN9011 no stack for the handler of signal %d", signal);
    }
    if (cpu_features.xsave) // XSAVE leaves the reserved part of the header as it is, and XRSTOR wants it zero
        for (int i = 0; i < 8; i++)
            ((uint64_t *)(vector_state + 512))[i] = 0;
    vector_state_save((void *)vector_state);

    struct signal_frame *frame = (struct signal_frame *)low;
    *frame = (struct signal_frame){
        .return_address = signal_restore,
        .info = *info,
        .context = {.gregs = {f->r8,  f->r9,     f->r10, f->r11,   f->r12,    f->r13,    f->r14, f->r15,
                              f->rdi, f->rsi,    f->rbp, f->rbx,   f->rdx,    f->rax,    f->rcx, f->rsp,
                              f->rip, f->rflags, f->cs,  f->error, f->vector, t->masked, 0},
                    .fpregs = (void *)vector_state,
                    .uc_sigmask.bits[0] = t->masked}};
    if (signal == SIGSEGV)
        frame->context.gregs[REG_CR2] = info->si_addr;

    t->masked |= action->mask.bits[0];
    if (!((unsigned)action->flags & SA_NODEFER))
        t->masked |= signal_bit(signal);
    ready_update(t);

    f->rip = action->handler;
    f->rsp = low;
    f->rdi = (uint64_t)signal;
    f->rsi = (uint64_t)&frame->info;
    f->rdx = (uint64_t)&frame->context;
    f->rax = 0;
    f->rflags = (f->rflags & ~(uint64_t)(RFLAGS_TF | RFLAGS_DF)) | RFLAGS_IF;
}

// Runs the handler, or does what a signal without one does.
static void act(struct trap_frame *f, int signal, const siginfo_t *info) {
    struct sigaction *action = &signal_actions[signal];
    if (action->handler == SIG_IGN || (action->handler == SIG_DFL && ignored_by_default(signal)))
        return;
    if (action->handler == SIG_DFL)
        machine_exit(128 + signal); // as a shell reports a process that a signal killed
    frame_push(f, action, signal, info);
    if ((unsigned)action->flags & SA_RESETHAND)
        action->handler = SIG_DFL;
}

void signal_fault(struct trap_frame *f, int signal, int code, uint64_t address) {
    struct thread *t = thread_current();
    uint64_t handler = signal_actions[signal].handler;
    if (handler == SIG_DFL || handler == SIG_IGN || t->masked & signal_bit(signal))
        panic_trap(f, 128 + signal,
                   "UKN9011 hardware fault outside of managed code: signal %d, code %d, address %lx", signal,
                   code, address);
    siginfo_t info = {.si_signo = signal, .si_code = code, .si_addr = address};
    act(f, signal, &info);
}

void signal_deliver(struct trap_frame *f) {
    struct thread *t = thread_current();
    uint64_t ready = t->pending & ~t->masked;
    if (!ready)
        return;
    int signal = __builtin_ctzll(ready) + 1;
    t->pending &= ~signal_bit(signal);
    ready_update(t);
    // The runtime's activation handler looks at si_pid: only its own process may send it.
    siginfo_t info = {.si_signo = signal, .si_code = SI_TKILL, .si_pid = PROCESS_ID};
    act(f, signal, &info);
    if (t->signals_ready) // that one was ignored; frames nest as on Linux
        signal_deliver(f);
}

void signal_return(struct trap_frame *f) {
    ucontext_t *c = (ucontext_t *)f->rsp; // the handler's return has taken the address off
    const uint64_t *g = c->gregs;
    *f = (struct trap_frame){.r15 = g[REG_R15],
                             .r14 = g[REG_R14],
                             .r13 = g[REG_R13],
                             .r12 = g[REG_R12],
                             .r11 = g[REG_R11],
                             .r10 = g[REG_R10],
                             .r9 = g[REG_R9],
                             .r8 = g[REG_R8],
                             .rbp = g[REG_RBP],
                             .rdi = g[REG_RDI],
                             .rsi = g[REG_RSI],
                             .rdx = g[REG_RDX],
                             .rcx = g[REG_RCX],
                             .rbx = g[REG_RBX],
                             .rax = g[REG_RAX],
                             .vector = f->vector,
                             .rip = g[REG_RIP],
                             .cs = f->cs,
                             .rsp = g[REG_RSP],
                             .ss = f->ss,
                             .rflags =
                                 (f->rflags & ~(uint64_t)RFLAGS_EDITABLE) | (g[REG_EFL] & RFLAGS_EDITABLE)};
    signal_mask_set(thread_current(), c->uc_sigmask.bits[0]);
    vector_state_restore(c->fpregs);
}

// ---- sending ----

int signal_send(struct thread *t, int signal) {
    t->pending |= signal_bit(signal);
    ready_update(t);
    return 0;
}

int signal_send_process(int signal) {
    struct thread *t = thread_current();
    if (t->masked & signal_bit(signal))
        for (t = all_threads; t && t->masked & signal_bit(signal); t = t->all_next)
            ;
    if (t)
        return signal_send(t, signal);
    process_pending |= signal_bit(signal);
    return 0;
}

bool (*signal_machine_hook)(int signal);

void signal_from_machine(int signal) {
    if (signal_machine_hook && signal_machine_hook(signal))
        return;
    if (signal_actions[signal].handler == SIG_DFL)
        machine_exit(128 + signal); // at once: the threads may all be waiting
    signal_send_process(signal);
}

void signal_mask_set(struct thread *t, uint64_t mask) {
    t->masked = mask;
    uint64_t taken = process_pending & ~mask;
    process_pending &= ~taken;
    t->pending |= taken;
    ready_update(t);
}
