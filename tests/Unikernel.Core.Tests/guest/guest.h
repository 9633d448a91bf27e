// For programs that boot on the bare core, without .NET: checks that end the machine, and the pthread
// functions by this core's types.
#ifndef GUEST_H
#define GUEST_H

#include "core.h"
#include "pthread_types.h"
#include "signals.h"
#include "threads.h"
#include "unikernel.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            panic("FAIL %s:%d: %s", __FILE_NAME__, __LINE__, #condition);                                    \
    } while (0)
#define RUN(test)                                                                                            \
    do {                                                                                                     \
        test();                                                                                              \
        kprintf("PASS %s\n", #test);                                                                         \
    } while (0)

int pthread_create(struct thread **out, const struct thread_attributes *a, void *(*start)(void *),
                   void *argument);
int pthread_join(struct thread *t, void **result);
int pthread_detach(struct thread *t);
int pthread_mutex_init(struct mutex *m, const struct mutex_attributes *a);
int pthread_mutex_lock(struct mutex *m);
int pthread_mutex_trylock(struct mutex *m);
int pthread_mutex_timedlock(struct mutex *m, const struct timespec *deadline);
int pthread_mutex_unlock(struct mutex *m);
int pthread_cond_wait(struct condition *c, struct mutex *m);
int pthread_cond_timedwait(struct condition *c, struct mutex *m, const struct timespec *deadline);
int pthread_cond_signal(struct condition *c);
int pthread_cond_broadcast(struct condition *c);
int pthread_rwlock_rdlock(struct rwlock *l);
int pthread_rwlock_wrlock(struct rwlock *l);
int pthread_rwlock_unlock(struct rwlock *l);
int pthread_key_create(unsigned *key, void (*destructor)(void *));
int pthread_setspecific(unsigned key, const void *value);
int sigaction(int signal, const struct sigaction *new, struct sigaction *old);
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
int pthread_kill(struct thread *t, int signal);
int clock_gettime(int clock, struct timespec *out);
int usleep(unsigned us);

#endif
