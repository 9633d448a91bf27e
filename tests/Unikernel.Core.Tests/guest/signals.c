// Faults, activations, and what of a thread's state must survive both. Booted with uk.tick=10000 too.
#include "guest.h"

static volatile long activations, faults;
static volatile bool stop;

static void on_activation(int signal, siginfo_t *info, ucontext_t *context) {
    CHECK(signal == SIGRTMIN && info->si_pid == PROCESS_ID && context->fpregs);
    double clobber = (double)activations; // vector registers of the interrupted code
    for (int i = 0; i < 10; i++)
        clobber = clobber * 1.5 + 1;
    CHECK(clobber > 0);
    __atomic_add_fetch(&activations, 1, __ATOMIC_SEQ_CST);
}

static void on_fault(int signal, siginfo_t *info, ucontext_t *context) {
    CHECK(signal == SIGSEGV && info->si_addr == 8 && info->si_code == SEGV_MAPERR);
    CHECK(context->gregs[REG_RAX] == 8 && context->gregs[REG_R15] == 0x1515151515151515);
    context->gregs[REG_RAX] = 77; // edited registers are what the thread goes on with
    context->gregs[REG_RIP] += 3;
    __atomic_add_fetch(&faults, 1, __ATOMIC_SEQ_CST);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, ucontext_t *)) {
    struct sigaction action = {.handler = (uint64_t)handler, .flags = SA_SIGINFO};
    CHECK(sigaction(signal, &action, NULL) == 0);
}

static uint64_t read_address_8(void) {
    uint64_t value = 8;
    __asm__ volatile("mov $0x1515151515151515, %%r15\n movq (%%rax), %%rax"
                     : "+a"(value)::"r15", "memory"); // 3 bytes
    return value;
}

static void *fault_often(void *unused) {
    for (int i = 0; i < 1000; i++)
        CHECK(read_address_8() == 77);
    return unused;
}

static void faults_in_several_threads(void) {
    struct thread *t[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, fault_often, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    CHECK(faults == 4000);
}

static double compute(double x) {
    for (int i = 0; i < 200000; i++)
        x = x * 1.0000001 + 0.25;
    return x;
}

static void *compute_often(void *seed) {
    double expected = compute((double)(long)seed);
    while (!stop)
        CHECK(compute((double)(long)seed) == expected);
    return NULL;
}

static void activations_leave_no_trace(void) {
    struct thread *t[3];
    for (long i = 0; i < 3; i++)
        pthread_create(&t[i], NULL, compute_often, (void *)(i + 1));
    for (int i = 0; i < 300; i++) {
        for (int k = 0; k < 3; k++)
            CHECK(pthread_kill(t[k], SIGRTMIN) == 0);
        usleep(500);
    }
    stop = true;
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    CHECK(activations > 100);
}

static void *sleep_long(void *unused) {
    usleep(100000);
    return unused;
}

static void none_is_dropped(void) {
    long before = activations;
    CHECK(pthread_kill(thread_current(), SIGRTMIN) == 0);
    CHECK(activations == before + 1); // to oneself: at once

    sigset_t set = {{signal_bit(SIGRTMIN)}};
    pthread_sigmask(0, &set, NULL);
    pthread_kill(thread_current(), SIGRTMIN);
    CHECK(activations == before + 1);
    pthread_sigmask(1, &set, NULL); // unmasked: delivered before the call returns
    CHECK(activations == before + 2);

    struct thread *t;
    pthread_create(&t, NULL, sleep_long, NULL);
    usleep(20000);
    pthread_kill(t, SIGRTMIN); // while it waits: when the wait ends
    pthread_join(t, NULL);
    CHECK(activations == before + 3);
}

int main(void) {
    handle(SIGRTMIN, on_activation);
    handle(SIGSEGV, on_fault);
    RUN(faults_in_several_threads);
    RUN(activations_leave_no_trace);
    RUN(none_is_dropped);
    return 42;
}
