// Two threads that wait: one for a time, one for input that never comes. The test looks at what that costs
// the host.
#include "guest.h"

static void *read_console(void *unused) {
    char byte;
    uk_console_read(&byte, 1);
    return unused;
}

int main(void) {
    struct thread *t;
    pthread_create(&t, NULL, read_console, NULL);
    usleep(200000);
    kprintf("PASS\n");
    usleep(60000000);
    return 42;
}
