// pthread objects under contention. Booted with uk.tick=10000 too.
#include "guest.h"

static struct mutex lock;

// ---- a bounded queue: producers, consumers that time out, two conditions ----

#define ITEMS 3000
static struct condition not_empty = {.clock = CLOCK_MONOTONIC}, not_full = {.clock = CLOCK_MONOTONIC};
static int queued, produced, consumed;
static bool closed;

static void *producer(void *unused) {
    for (int i = 0; i < ITEMS; i++) {
        pthread_mutex_lock(&lock);
        while (queued >= 4)
            pthread_cond_wait(&not_full, &lock);
        queued++;
        produced++;
        pthread_cond_signal(&not_empty);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void *consumer(void *unused) {
    pthread_mutex_lock(&lock);
    for (;;) {
        while (!queued && !closed) {
            struct timespec t;
            clock_gettime(CLOCK_MONOTONIC, &t);
            t.nanoseconds += 300000;
            if (t.nanoseconds >= (int64_t)NS_PER_SECOND) {
                t.nanoseconds -= NS_PER_SECOND;
                t.seconds++;
            }
            int result = pthread_cond_timedwait(&not_empty, &lock, &t);
            CHECK(result == 0 || result == ETIMEDOUT);
        }
        if (!queued)
            break;
        queued--;
        consumed++;
        pthread_cond_signal(&not_full);
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

static void queue_loses_nothing(void) {
    struct thread *p[4], *c[3];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&p[i], NULL, producer, NULL) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&c[i], NULL, consumer, NULL) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(p[i], NULL) == 0);
    pthread_mutex_lock(&lock);
    closed = true;
    pthread_cond_broadcast(&not_empty);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(c[i], NULL) == 0);
    CHECK(produced == 4 * ITEMS && consumed == 4 * ITEMS && queued == 0);
}

// ---- mutexes ----

static long counter;

static void *count(void *result) {
    for (int i = 0; i < 50000; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
    }
    return result;
}

static void mutex_excludes(void) {
    struct thread *t[4];
    for (long i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, count, (void *)(i + 1));
    for (long i = 0; i < 4; i++) {
        void *result;
        pthread_join(t[i], &result);
        CHECK(result == (void *)(i + 1));
    }
    CHECK(counter == 200000);
}

static void mutex_kinds(void) {
    struct timespec past = {0, 0};
    CHECK(pthread_mutex_lock(&lock) == 0);
    CHECK(pthread_mutex_trylock(&lock) == EBUSY);
    CHECK(pthread_mutex_timedlock(&lock, &past) == ETIMEDOUT);
    CHECK(pthread_mutex_unlock(&lock) == 0);

    struct mutex m;
    pthread_mutex_init(&m, &(struct mutex_attributes){MUTEX_RECURSIVE});
    CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_lock(&m) == 0 && pthread_mutex_trylock(&m) == 0);
    CHECK(pthread_mutex_unlock(&m) == 0 && pthread_mutex_unlock(&m) == 0 && pthread_mutex_unlock(&m) == 0);
    CHECK(pthread_mutex_unlock(&m) == EPERM);
    pthread_mutex_init(&m, &(struct mutex_attributes){MUTEX_ERRORCHECK});
    CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_lock(&m) == EDEADLK && pthread_mutex_unlock(&m) == 0);
}

// ---- readers-writer locks ----

static struct rwlock rwlock;
static volatile long shared;
static volatile bool writing;

static void *read_often(void *unused) {
    for (int i = 0; i < 2000; i++) {
        pthread_rwlock_rdlock(&rwlock);
        long before = shared;
        CHECK(!writing);
        for (volatile int k = 0; k < 20; k++)
            ;
        CHECK(shared == before);
        pthread_rwlock_unlock(&rwlock);
    }
    return unused;
}

static void *write_often(void *unused) {
    for (int i = 0; i < 500; i++) {
        pthread_rwlock_wrlock(&rwlock);
        CHECK(!writing);
        writing = true;
        shared++;
        writing = false;
        pthread_rwlock_unlock(&rwlock);
    }
    return unused;
}

static void rwlock_excludes_writers(void) {
    struct thread *t[6];
    for (int i = 0; i < 6; i++)
        pthread_create(&t[i], NULL, i % 2 ? read_often : write_often, NULL);
    for (int i = 0; i < 6; i++)
        pthread_join(t[i], NULL);
    CHECK(shared == 1500);
}

// ---- keys, detached threads, memory of threads ----

static unsigned key;
static int destroyed;

static void destructor(void *value) {
    CHECK(value == &key);
    __atomic_add_fetch(&destroyed, 1, __ATOMIC_SEQ_CST);
}
static void *set_key(void *unused) {
    pthread_setspecific(key, &key);
    return unused;
}

static void threads_end_cleanly(void) {
    CHECK(pthread_key_create(&key, destructor) == 0);
    uint64_t free_before = 0;
    for (int i = 0; i < 2000; i++) {
        struct thread *t;
        CHECK(pthread_create(&t, NULL, set_key, NULL) == 0);
        CHECK((i % 2 ? pthread_join(t, NULL) : pthread_detach(t)) == 0);
        if (i == 200 || i == 1999) {
            usleep(20000); // the detached ones end, and the idle thread frees them
            struct uk_system_info info;
            uk_system_info(&info);
            CHECK(free_before == 0 || info.memory_free + 64 * 4096 > free_before);
            free_before = info.memory_free;
        }
    }
    CHECK(destroyed == 2000);
}

// ---- events ----

static int32_t events[2];

static void *ping_pong(void *self) {
    long me = (long)self;
    for (int i = 0; i < 2000; i++) {
        CHECK(uk_event_wait(events[me], UK_FOREVER) == 1);
        uk_event_signal(events[1 - me]);
    }
    return NULL;
}

static void events_hand_over(void) {
    struct thread *t[2];
    for (long i = 0; i < 2; i++)
        CHECK((events[i] = uk_event_create()) >= 0);
    for (long i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, ping_pong, (void *)i);
    uk_event_signal(events[0]);
    pthread_join(t[0], NULL);
    pthread_join(t[1], NULL);
    CHECK(uk_event_wait(events[1], uk_clock_monotonic_ns() + 1000000) == 0);
    CHECK(uk_event_wait(events[0], 0) == 1); // the last signal of the game is still there
}

int main(void) {
    RUN(queue_loses_nothing);
    RUN(mutex_excludes);
    RUN(mutex_kinds);
    RUN(rwlock_excludes_writers);
    RUN(threads_end_cleanly);
    RUN(events_hand_over);
    return 42;
}
