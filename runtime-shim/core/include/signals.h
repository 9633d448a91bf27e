// Signals: glibc's x86-64 types (bits/types/siginfo_t.h, sys/ucontext.h, bits/sigaction.h) and their
// delivery.
#ifndef SIGNALS_H
#define SIGNALS_H

#include "core.h"

enum {
    SIGHUP = 1,
    SIGINT = 2,
    SIGQUIT = 3,
    SIGILL = 4,
    SIGTRAP = 5,
    SIGABRT = 6,
    SIGBUS = 7,
    SIGFPE = 8,
    SIGKILL = 9,
    SIGSEGV = 11,
    SIGPIPE = 13,
    SIGTERM = 15,
    SIGCHLD = 17,
    SIGCONT = 18,
    SIGSTOP = 19,
    SIGTSTP = 20,
    SIGTTIN = 21,
    SIGTTOU = 22,
    SIGURG = 23,
    SIGWINCH = 28,
    SIGRTMIN = 34,
    SIGRTMAX = 64
};
enum { SI_USER = 0, SI_KERNEL = 0x80, SI_TKILL = -6 };
enum { ILL_ILLOPN = 2, FPE_INTDIV = 1, FPE_FLTINV = 7, SEGV_MAPERR = 1, SEGV_ACCERR = 2, BUS_ADRALN = 1 };

typedef struct {
    uint64_t bits[16]; // glibc's sigset_t; there are 64 signals
} sigset_t;

typedef struct {
    int si_signo, si_errno, si_code, pad;
    union {
        struct {
            int si_pid;
            unsigned si_uid;
        };
        uint64_t si_addr;
        uint8_t rest[112];
    };
} siginfo_t;

#define SIG_DFL 0ul
#define SIG_IGN 1ul
#define SA_SIGINFO 4
#define SA_RESETHAND 0x80000000
#define SA_NODEFER 0x40000000
struct sigaction {
    uint64_t handler;
    sigset_t mask;
    int flags;
    void (*restorer)(void);
};

enum {
    REG_R8,
    REG_R9,
    REG_R10,
    REG_R11,
    REG_R12,
    REG_R13,
    REG_R14,
    REG_R15,
    REG_RDI,
    REG_RSI,
    REG_RBP,
    REG_RBX,
    REG_RDX,
    REG_RAX,
    REG_RCX,
    REG_RSP,
    REG_RIP,
    REG_EFL,
    REG_CSGSFS,
    REG_ERR,
    REG_TRAPNO,
    REG_OLDMASK,
    REG_CR2,
    REG_COUNT
};
typedef struct {
    uint64_t uc_flags, uc_link;
    uint64_t stack_pointer, stack_flags, stack_size; // stack_t
    uint64_t gregs[REG_COUNT];
    void *fpregs;
    uint64_t reserved[8];
    sigset_t uc_sigmask;
} ucontext_t;

#define PROCESS_ID 1

static inline uint64_t signal_bit(int signal) {
    return 1ull << (signal - 1);
}

struct thread;
void signal_fault(struct trap_frame *f, int signal, int code,
                  uint64_t address);                   // the current thread's own doing
void signal_deliver(struct trap_frame *f);             // what is pending and not masked
void signal_return(struct trap_frame *f);              // a handler has ended
int signal_send(struct thread *t, int signal);         // interrupts off
int signal_send_process(int signal);                   // interrupts off
void signal_mask_set(struct thread *t, uint64_t mask); // interrupts off
extern struct sigaction signal_actions[SIGRTMAX + 1];
// From outside the program: Ctrl+C, the power button. Interrupts off.
void signal_from_machine(int signal);
extern bool (*signal_machine_hook)(int signal); // abi/signals.c: true, the library OS takes it
void power_button_enable(void);                 // from now on it is SIGTERM; before, nothing
_Noreturn void stack_overflow(struct trap_frame *f);

#endif
