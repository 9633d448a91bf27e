// Thread-specific data, pthread_once, and C++'s thread_local destructors.
#include "errors.h"
#include "threads.h"

#define DESTRUCTOR_ITERATIONS 4 // POSIX PTHREAD_DESTRUCTOR_ITERATIONS

static struct {
    bool used;
    void (*destructor)(void *);
} keys[THREAD_KEYS_MAX];

int pthread_key_create(unsigned *key, void (*destructor)(void *)) {
    uint64_t flags = irq_save();
    unsigned k = 0;
    while (k < THREAD_KEYS_MAX && keys[k].used)
        k++;
    if (k < THREAD_KEYS_MAX) {
        keys[k].used = true;
        keys[k].destructor = destructor;
        for (struct thread *t = all_threads; t; t = t->all_next)
            t->keys[k] = NULL;
    }
    irq_restore(flags);
    if (k == THREAD_KEYS_MAX)
        return EAGAIN;
    *key = k;
    return 0;
}

int pthread_key_delete(unsigned key) {
    if (key >= THREAD_KEYS_MAX || !keys[key].used)
        return EINVAL;
    keys[key].used = false;
    return 0;
}

int pthread_setspecific(unsigned key, const void *value) {
    if (key >= THREAD_KEYS_MAX || !keys[key].used)
        return EINVAL;
    thread_current()->keys[key] = (void *)value;
    return 0;
}

void *pthread_getspecific(unsigned key) {
    return key < THREAD_KEYS_MAX ? thread_current()->keys[key] : NULL;
}

void pthread_run_destructors(struct thread *t) {
    bool again = true;
    for (int i = 0; i < DESTRUCTOR_ITERATIONS && again; i++) {
        again = false;
        for (unsigned k = 0; k < THREAD_KEYS_MAX; k++) {
            void *value = t->keys[k];
            if (!value || !keys[k].used || !keys[k].destructor)
                continue;
            t->keys[k] = NULL;
            keys[k].destructor(value);
            again = true;
        }
    }
}

int pthread_once(int *control, void (*routine)(void)) {
    enum { NEW, RUNNING, DONE };
    int expected = NEW;
    if (__atomic_compare_exchange_n(control, &expected, RUNNING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        routine();
        __atomic_store_n(control, DONE, __ATOMIC_RELEASE);
    }
    while (__atomic_load_n(control, __ATOMIC_ACQUIRE) != DONE)
        sched_yield_now();
    return 0;
}

int __cxa_thread_atexit_impl(void (*function)(void *), void *object, void *module) {
    (void)module;
    struct tls_destructor *d = kmalloc(sizeof *d);
    if (!d)
        return -1;
    struct thread *t = thread_current();
    *d = (struct tls_destructor){.function = function, .object = object, .next = t->tls_destructors};
    t->tls_destructors = d;
    return 0;
}
