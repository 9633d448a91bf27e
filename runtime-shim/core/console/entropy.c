// Random bytes: ChaCha20 (RFC 8439) as a generator whose key is replaced after every request (fast key
// erasure), seeded from the CPU's generator, checked, and from the jitter of the TSC, mixed.
#include "core.h"
#include "cpu.h"

static uint32_t key[8];
static uint64_t block_counter;
static bool seeded;

static uint32_t rotate(uint32_t v, int n) {
    return v << n | v >> (32 - n);
}

static void quarter_round(uint32_t *x, int a, int b, int c, int d) {
    x[a] += x[b];
    x[d] = rotate(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = rotate(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = rotate(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = rotate(x[b] ^ x[c], 7);
}

static void chacha20_block(uint32_t out[16]) {
    uint32_t in[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    for (int i = 0; i < 8; i++)
        in[4 + i] = key[i];
    in[12] = (uint32_t)block_counter;
    in[13] = (uint32_t)(block_counter >> 32);
    block_counter++;
    for (int i = 0; i < 16; i++)
        out[i] = in[i];
    for (int i = 0; i < 10; i++) {
        quarter_round(out, 0, 4, 8, 12);
        quarter_round(out, 1, 5, 9, 13);
        quarter_round(out, 2, 6, 10, 14);
        quarter_round(out, 3, 7, 11, 15);
        quarter_round(out, 0, 5, 10, 15);
        quarter_round(out, 1, 6, 11, 12);
        quarter_round(out, 2, 7, 8, 13);
        quarter_round(out, 3, 4, 9, 14);
    }
    for (int i = 0; i < 16; i++)
        out[i] += in[i];
}

// Absorbs 256 bits: they go into the key, and a block makes the new key of both.
static void mix(const uint32_t input[8]) {
    uint32_t block[16];
    for (int i = 0; i < 8; i++)
        key[i] ^= input[i];
    chacha20_block(block);
    for (int i = 0; i < 8; i++)
        key[i] = block[i];
}

static bool hardware_word(uint64_t *out) {
    uint8_t ok = 0;
    for (int i = 0; i < 10 && !ok; i++) { // SDM vol. 1, 7.3.17.1: ten tries
        if (cpu_features.rdseed)
            __asm__ volatile("rdseed %0\n setc %1" : "=r"(*out), "=qm"(ok));
        else
            __asm__ volatile("rdrand %0\n setc %1" : "=r"(*out), "=qm"(ok));
    }
    return ok;
}

// A generator that is stuck (some CPUs after resume: all ones) is as good as none.
static bool seed_from_cpu(void) {
    if (!cpu_features.rdseed && !cpu_features.rdrand)
        return false;
    uint64_t words[4];
    for (int i = 0; i < 4; i++)
        if (!hardware_word(&words[i]))
            return false;
    if (words[0] == words[1] && words[1] == words[2])
        return false;
    mix((const uint32_t *)words);
    return true;
}

// Low bits of the time that a serialising instruction takes, which under a hypervisor leaves the guest.
#define JITTER_ROUNDS 64
static void seed_from_jitter(int rounds) {
    for (int r = 0; r < rounds; r++) {
        uint64_t words[4];
        for (int i = 0; i < 4; i++) {
            uint32_t a, b, c, d;
            uint64_t before = rdtsc();
            cpuid(0, 0, &a, &b, &c, &d);
            words[i] = before ^ rotate((uint32_t)(rdtsc() - before), 16);
        }
        mix((const uint32_t *)words);
    }
}

// The seed is taken at the first request: the first thread's stack protector, early in the boot.
void entropy_init(void) {
    bool hardware = seed_from_cpu();
    seed_from_jitter(hardware ? 1 : JITTER_ROUNDS);
    seeded = true;
}

void entropy_add(const void *bytes, size_t length) {
    const uint8_t *in = bytes;
    while (length) {
        uint32_t words[8] = {0};
        size_t n = length < sizeof words ? length : sizeof words;
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)words)[i] = in[i];
        uint64_t flags = irq_save();
        if (!seeded)
            entropy_init();
        mix(words);
        irq_restore(flags);
        in += n;
        length -= n;
    }
}

void entropy_fill(void *buffer, size_t length) {
    uint8_t *out = buffer;
    while (length) {
        uint32_t block[16];
        uint64_t flags = irq_save();
        if (!seeded)
            entropy_init();
        chacha20_block(block);
        for (int i = 0; i < 8; i++) // the half that nobody sees becomes the key
            key[i] = block[i];
        irq_restore(flags);
        size_t n = length < 32 ? length : 32;
        for (size_t i = 0; i < n; i++)
            *out++ = ((uint8_t *)(block + 8))[i];
        length -= n;
    }
}
