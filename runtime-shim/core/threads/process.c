// The one process: its id, errno, its end.
#include "errors.h"
#include "signals.h"
#include "threads.h"

static _Thread_local int error_number;
int *__errno_location(void) {
    return &error_number;
}

int getpid(void) {
    return PROCESS_ID;
}
int getppid(void) {
    return 0;
}
int gettid(void) {
    return (int)thread_current()->id;
}

struct exit_handler {
    void (*function)(void *);
    void *argument;
    struct exit_handler *next;
};
static struct exit_handler *exit_handlers;

int __cxa_atexit(void (*function)(void *), void *argument, void *module) {
    (void)module;
    struct exit_handler *h = kmalloc(sizeof *h);
    if (!h)
        return -1;
    uint64_t flags = irq_save();
    *h = (struct exit_handler){.function = function, .argument = argument, .next = exit_handlers};
    exit_handlers = h;
    irq_restore(flags);
    return 0;
}

int atexit(void (*function)(void)) {
    return __cxa_atexit((void (*)(void *))function, NULL, NULL); // x86-64: an argument too many does no harm
}

_Noreturn void _exit(int code) {
    machine_exit(code);
}
_Noreturn void _Exit(int code) {
    machine_exit(code);
}

// Other threads go on meanwhile, as on Linux. One that calls exit() too waits for the end (glibc does
// likewise).
_Noreturn void exit(int code) {
    static struct thread *exiting;
    static struct wait_queue forever;
    uint64_t flags = irq_save();
    bool first = !exiting || exiting == thread_current();
    exiting = first ? thread_current() : exiting;
    while (!first)
        wait_on(&forever, WAIT_FOREVER);
    irq_restore(flags);
    while (exit_handlers) {
        struct exit_handler *h = exit_handlers;
        exit_handlers = h->next;
        h->function(h->argument);
    }
    machine_exit(code);
}

int raise(int signal);

_Noreturn void abort(void) {
    raise(SIGABRT); // a handler may want to see it
    machine_exit(128 + SIGABRT);
}

_Noreturn void __stack_chk_fail(void) {
    panic("UKN9013 stack smashing detected: a function wrote beyond its local buffer");
}
