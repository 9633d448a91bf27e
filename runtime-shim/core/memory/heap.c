// malloc(): size classes of 16 to 2,016 bytes in spans of one page; more than that is pages of its own.
//
// The page that an object's address lies in begins with a header that says what it is, so free() needs no
// search. An address on a page boundary (large alignments) has its header in the 64 bytes before it. Up to 64
// KB come from the direct map: no page table, no fault, large TLB entries. More than that is mapped,
// demand-zero.
#define _GNU_SOURCE // MAP_ANONYMOUS
#include "heap.h"
#include "memory.h"
#include "space.h"
#include <sys/mman.h>

#define HEADER 64ul
#define MAPPED_FROM 0x100000ul
#define MAPPED_FROM_IF_ZEROED 0x10000ul
#define CLASS_COUNT 23

static const uint16_t class_sizes[CLASS_COUNT] = {16,  32,  48,  64,  80,   96,   112, 128,
                                                  144, 160, 192, 224, 256,  288,  336, 400,
                                                  448, 496, 576, 672, 1008, 1344, 2016};

enum kind { KIND_SMALL = 0x5a11, KIND_PAGES, KIND_MAPPED };

struct header {
    uint16_t kind;
    uint16_t class, used,
        unused_from; // small: the class, objects in use, the index from which on none was ever in use
    void *free;      // small: list of objects that were freed
    struct header *next, *previous; // small: the class's spans that have room
    void *base;                     // large: where the memory begins
    size_t size;                    // large: its length in bytes
};
_Static_assert(sizeof(struct header) <= HEADER, "the header does not fit");

static struct header *spans[CLASS_COUNT]; // with room
static uint8_t class_by_16[126 + 1];      // by (size + 15) / 16
static size_t heap_pages;

static unsigned class_of(size_t size) {
    if (!class_by_16[126]) {
        unsigned class = 0;
        for (unsigned i = 0; i <= 126; i++) {
            if (i * 16u > class_sizes[class])
                class ++;
            class_by_16[i] = (uint8_t) class;
        }
    }
    return class_by_16[(size + 15) / 16];
}

static struct header *header_of(const void *object) {
    uintptr_t address = (uintptr_t)object;
    return (struct header *)(address & (PAGE_SIZE - 1) ? ALIGN_DOWN(address, PAGE_SIZE) : address - HEADER);
}

static unsigned capacity(unsigned class) {
    return (unsigned)((PAGE_SIZE - HEADER) / class_sizes[class]);
}

static char *object_at(struct header *span, unsigned index) {
    return (char *)span + HEADER + (size_t)index * class_sizes[span->class];
}

static bool is_full(const struct header *span) {
    return span->used == capacity(span->class);
}

static void span_list_add(struct header *span) {
    struct header **list = &spans[span->class];
    span->previous = NULL;
    span->next = *list;
    if (*list)
        (*list)->previous = span;
    *list = span;
}

static void span_list_remove(struct header *span) {
    if (span->next)
        span->next->previous = span->previous;
    if (span->previous)
        span->previous->next = span->next;
    else
        spans[span->class] = span->next;
}

static void *small_alloc(size_t size) {
    void *object = NULL;
    uint64_t irq = memory_lock();
    unsigned class = class_of(size);
    struct header *span = spans[class];
    if (!span) {
        uint64_t physical = commit_spare_frame(0);
        if (!physical)
            goto out;
        span = phys_to_virt(physical);
        *span = (struct header){.kind = KIND_SMALL, .class = (uint16_t) class};
        span_list_add(span);
        heap_pages++;
    }
    object = span->free;
    if (object)
        span->free = *(void **)object;
    else
        object = object_at(span, span->unused_from++);
    span->used++;
    if (is_full(span))
        span_list_remove(span);
out:
    memory_unlock(irq);
    return object;
}

static void small_free(struct header *span, void *interior) {
    size_t size = class_sizes[span->class], offset = (size_t)((char *)interior - (char *)span) - HEADER;
    void *object = object_at(
        span, (unsigned)(offset / size)); // an aligned_alloc() may have moved the pointer into the object
    uint64_t irq = memory_lock();
    if (is_full(span))
        span_list_add(span);
    *(void **)object = span->free;
    span->free = object;
    span->used--;
    // The page goes back unless it is the last one with room: that keeps a loop of malloc and free in the
    // span.
    if (!span->used && (span->next || span->previous)) {
        span_list_remove(span);
        span->kind = 0;
        frame_free(virt_to_phys(span), 0);
        heap_pages--;
    }
    memory_unlock(irq);
}

static void *pages_alloc(size_t size) {
    unsigned order = 0;
    while ((PAGE_SIZE << order) < size)
        order++;
    size_t pages = size / PAGE_SIZE, whole = 1ul << order;
    uint64_t irq = memory_lock();
    uint64_t physical = commit_spare_frame(order);
    if (physical) {
        frame_free_range(physical + size, whole - pages);
        heap_pages += pages;
    }
    memory_unlock(irq);
    return physical ? phys_to_virt(physical) : NULL;
}

static void *large_alloc(size_t alignment, size_t size, bool zeroed) {
    size_t lead = alignment > HEADER ? alignment : HEADER;
    size_t length = ALIGN_UP(size + lead, PAGE_SIZE);
    if (length < size)
        return NULL;
    unsigned kind = KIND_PAGES;
    char *base = length < (zeroed ? MAPPED_FROM_IF_ZEROED : MAPPED_FROM) ? pages_alloc(length) : NULL;
    if (!base) {
        uintptr_t at;
        if (space_map(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, &at))
            return NULL;
        base = (char *)at;
        kind = KIND_MAPPED;
    }
    char *object = (char *)ALIGN_UP((uintptr_t)base + HEADER, lead);
    *header_of(object) = (struct header){.kind = (uint16_t)kind, .base = base, .size = length};
    if (zeroed && kind == KIND_PAGES)
        frame_zero(object, ALIGN_DOWN((size_t)(base + length - object), 64ul));
    return object;
}

static void large_free(struct header *header) {
    void *base = header->base;
    size_t size = header->size;
    unsigned kind = header->kind;
    header->kind = 0;
    if (kind == KIND_MAPPED) {
        space_unmap((uintptr_t)base, size);
        return;
    }
    uint64_t irq = memory_lock();
    frame_free_range(virt_to_phys(base), size / PAGE_SIZE);
    heap_pages -= size / PAGE_SIZE;
    memory_unlock(irq);
}

void *heap_alloc(size_t size) {
    return size <= class_sizes[CLASS_COUNT - 1] ? small_alloc(size) : large_alloc(HEADER, size, false);
}

void *heap_alloc_zeroed(size_t size) {
    if (size > class_sizes[CLASS_COUNT - 1])
        return large_alloc(HEADER, size, true);
    uint64_t *object = small_alloc(size);
    if (object)
        for (size_t i = 0; i < (size + 7) / 8; i++)
            ((volatile uint64_t *)object)[i] = 0;
    return object;
}

void *heap_alloc_aligned(size_t alignment, size_t size) {
    if (alignment <= 16)
        return heap_alloc(size);
    if (size + alignment <= class_sizes[CLASS_COUNT - 1]) {
        char *object = small_alloc(size + alignment - 16);
        return object ? (char *)ALIGN_UP((uintptr_t)object, alignment) : NULL;
    }
    return large_alloc(alignment, size, false);
}

size_t heap_usable_size(const void *object) {
    const struct header *header = header_of(object);
    if (header->kind == KIND_SMALL) {
        size_t size = class_sizes[header->class];
        size_t offset = (size_t)((const char *)object - (const char *)header) - HEADER;
        return size - offset % size;
    }
    return (size_t)((const char *)header->base + header->size - (const char *)object);
}

void heap_free(void *object) {
    if (!object)
        return;
    struct header *header = header_of(object);
    switch (header->kind) {
    case KIND_SMALL:
        small_free(header, object);
        return;
    case KIND_PAGES:
    case KIND_MAPPED:
        large_free(header);
        return;
    default:
        panic("UKN9007 free() of an address that malloc() did not return, or for the second time: %p",
              object);
    }
}

size_t heap_pages_used(void) {
    return heap_pages;
}

void *kmalloc(size_t size) {
    return heap_alloc_zeroed(size);
}

void kfree(void *object) {
    heap_free(object);
}
