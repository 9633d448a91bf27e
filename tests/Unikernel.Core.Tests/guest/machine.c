// Arguments, options, clocks, memory as devices see it; then the end that the first argument asks for.
#include "guest.h"

static bool same(const char *a, const char *b) {
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static void clocks_go_forward(void) {
    uint64_t last = uk_clock_monotonic_ns();
    for (int i = 0; i < 20000; i++) {
        uint64_t now = uk_clock_monotonic_ns();
        CHECK(now >= last);
        last = now;
    }
    uint64_t before = uk_clock_monotonic_ns();
    usleep(20000);
    CHECK(uk_clock_monotonic_ns() - before >= 20000000);
    CHECK(uk_clock_realtime_ns() > 1750000000ull * NS_PER_SECOND); // 2025
}

static void addresses_translate(void) {
    volatile uint64_t on_stack = 1;
    CHECK(uk_physical_address((const void *)&on_stack) != UINT64_MAX);
    CHECK(uk_physical_address((const void *)0x1000) == UINT64_MAX); // the null page
    CHECK(uk_physical_address(image_start) == (uint64_t)image_start);
    uint64_t physical;
    uint8_t *dma = uk_dma_alloc(70000, 1ull << 32, &physical);
    CHECK(dma && !(physical & 4095) && uk_physical_address(dma + 65536) == physical + 65536);
    for (int i = 0; i < 70000; i++)
        CHECK(dma[i] == 0);
    uk_dma_free(dma, 70000);
}

static void random_bytes_differ(void) {
    uint64_t a[4], b[4];
    uk_entropy_fill(a, sizeof a);
    uk_entropy_fill(b, sizeof b);
    for (int i = 0; i < 4; i++)
        CHECK(a[i] != b[i]);
}

static int recurse(int n) {
    volatile char buffer[300];
    buffer[n & 255] = 1;
    return recurse(n + 1) + buffer[3];
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        kprintf("argument [%s]\n", argv[i]);
    for (char **e = program_environ; *e; e++)
        kprintf("variable [%s]\n", *e);
    char option[16];
    for (uint32_t i = 0; uk_option("test.option", i, option, sizeof option) >= 0; i++)
        kprintf("option\n");
    const char *end = argc > 1 ? argv[1] : "";
    if (same(end, "overflow"))
        return recurse(0);
    if (same(end, "panic"))
        panic("UKN9010 asked for");
    if (same(end, "wild"))
        *(volatile int *)0x1234567890 = 1;
    if (same(end, "constant"))
        *(volatile char *)rodata_start = 1;
    if (same(end, "execute"))
        ((void (*)(void))(uintptr_t)option)();
    if (same(end, "null"))
        return *(volatile int *)0;
    RUN(clocks_go_forward);
    RUN(addresses_translate);
    RUN(random_bytes_differ);
    return 42;
}
