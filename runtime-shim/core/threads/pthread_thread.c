// pthread_t is the address of struct thread.
#include "pthread_types.h"

#define STACK_MIN 16384ul // PTHREAD_STACK_MIN
#define CREATE_JOINABLE 0

int pthread_attr_init(struct thread_attributes *a) {
    *a = (struct thread_attributes){.stack_size = MAIN_STACK_SIZE, .guard_size = PAGE_SIZE};
    return 0;
}
int pthread_attr_destroy(struct thread_attributes *a) {
    (void)a;
    return 0;
}
int pthread_attr_setdetachstate(struct thread_attributes *a, int state) {
    if (state != 0 && state != 1)
        return EINVAL;
    a->detached = state;
    return 0;
}
int pthread_attr_setstacksize(struct thread_attributes *a, size_t size) {
    if (size < STACK_MIN)
        return EINVAL;
    a->stack_size = size;
    return 0;
}
int pthread_attr_getstacksize(const struct thread_attributes *a, size_t *size) {
    *size = a->stack_size;
    return 0;
}
int pthread_attr_setguardsize(struct thread_attributes *a, size_t size) {
    a->guard_size = size;
    return 0;
}
int pthread_attr_getguardsize(const struct thread_attributes *a, size_t *size) {
    *size = a->guard_size;
    return 0;
}
int pthread_attr_getstack(const struct thread_attributes *a, void **low, size_t *size) {
    *low = (void *)a->stack_low;
    *size = a->stack_size;
    return 0;
}
int pthread_getattr_np(struct thread *t, struct thread_attributes *a) {
    *a = (struct thread_attributes){.stack_size = t->stack_size,
                                    .guard_size = PAGE_SIZE,
                                    .stack_low = t->stack_low,
                                    .detached = t->detached};
    return 0;
}

int pthread_create(struct thread **out, const struct thread_attributes *a, void *(*start)(void *),
                   void *argument) {
    struct thread_attributes defaults;
    if (!a) {
        pthread_attr_init(&defaults);
        a = &defaults;
    }
    return thread_create(out, start, argument, a->stack_size, a->detached != CREATE_JOINABLE) ? 0 : EAGAIN;
}

struct thread *pthread_self(void) {
    return thread_current();
}
int pthread_equal(const struct thread *a, const struct thread *b) {
    return a == b;
}
_Noreturn void pthread_exit(void *result) {
    thread_exit(result);
}

int pthread_join(struct thread *t, void **result) {
    if (t == thread_current())
        return EDEADLK;
    if (t->detached)
        return EINVAL;
    void *value = thread_join(t);
    if (result)
        *result = value;
    return 0;
}
int pthread_detach(struct thread *t) {
    if (t->detached)
        return EINVAL;
    thread_detach(t);
    return 0;
}

int pthread_setname_np(struct thread *t, const char *name) {
    size_t n = 0;
    while (name[n])
        n++;
    if (n >= THREAD_NAME_MAX)
        return ERANGE;
    for (size_t i = 0; i <= n; i++)
        t->name[i] = name[i];
    return 0;
}
int pthread_getname_np(struct thread *t, char *buffer, size_t size) {
    if (size < THREAD_NAME_MAX)
        return ERANGE;
    for (size_t i = 0; i < THREAD_NAME_MAX; i++)
        buffer[i] = t->name[i];
    return 0;
}

// There is no pthread_cancel(), so there is nothing to disable. (libSystem.Native does it around syslog().)
int pthread_setcancelstate(int state, int *old) {
    (void)state;
    if (old)
        *old = 0; // PTHREAD_CANCEL_ENABLE
    return 0;
}
