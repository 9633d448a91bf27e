// What the files of memory/ offer to one another. Every function here is called with the memory lock held.
#ifndef MEMORY_H
#define MEMORY_H

#include "core.h"

// ---- the machine, or the test's stand-in for it
// ------------------------------------------------------------------

#ifdef CORE_HOST_TEST
static inline uint64_t memory_lock(void) {
    return 0;
}
static inline void memory_unlock(uint64_t flags) {
    (void)flags;
}
static inline void mmu_invalidate_page(uintptr_t address) {
    (void)address;
}
static inline void mmu_invalidate_all(void) {
}
#else
// One CPU: with interrupts off nobody else runs. The caller's stack is itself demand-zero memory, and a fault
// inside an update of the very structures that resolve faults would find them half changed: touch the stack
// that the update will need before.
static inline uint64_t memory_lock(void) {
    const char *stack = __builtin_frame_address(0);
    (void)*(const volatile char *)(stack - PAGE_SIZE);
    return irq_save();
}
static inline void memory_unlock(uint64_t flags) {
    irq_restore(flags);
}
static inline void mmu_invalidate_page(uintptr_t address) {
    __asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
}
static inline void mmu_invalidate_all(void) {
    uint64_t root;
    __asm__ volatile("movq %%cr3, %0; movq %0, %%cr3" : "=r"(root)::"memory");
}
#endif

// ---- frames.c: physical memory as a buddy system
// -------------------------------------------------------------------

#define ORDER_LARGE 9 // 2 MB
#define ORDER_MAX 10  // 4 MB
#define LARGE_PAGE (PAGE_SIZE << ORDER_LARGE)

// Hands a range of RAM to the allocator. Its bookkeeping lives in the range's first pages, which must be
// mapped in the direct map.
void frames_add(uint64_t base, uint64_t length);
uint64_t frame_alloc(unsigned order);                       // not zeroed; 0: none
uint64_t frame_alloc_below(unsigned order, uint64_t limit); // the block ends at or below `limit`
void frame_free(uint64_t physical, unsigned order);
void frame_free_range(uint64_t physical, size_t count);
size_t frames_total(void);
size_t frames_free(void);
void frame_zero(
    void *page,
    size_t bytes); // general registers only, so that a fault handler may use it; whole 64-byte lines

// ---- commit.c: who may have the frames that are left
// -----------------------------------------------------------------
//
// A commit is a promise: the pages are demand-zero, but when they are touched there will be a frame. So a
// program learns that memory is short when it asks (ENOMEM, which .NET turns into OutOfMemoryException), not
// when it writes.

void commit_init(void);            // after the RAM was added: sets the reserve aside
bool commit_charge(size_t pages);  // false: the promise could not be kept
void commit_release(size_t pages); // promised pages that were never touched
void commit_untouch(size_t pages); // touched pages of a promise whose frames went back; the promise stands
uint64_t commit_frame(unsigned order);       // a frame out of the promise
uint64_t commit_spare_frame(unsigned order); // a frame that nobody was promised; 0: none
bool commit_has_spare(size_t pages);
size_t commit_promised(void);

// ---- tables.c: page tables
// -----------------------------------------------------------------------------------------

#define PTE_PRESENT 0x001ul
#define PTE_WRITE 0x002ul
#define PTE_WRITE_THROUGH 0x008ul
#define PTE_NO_CACHE 0x010ul
#define PTE_LARGE 0x080ul
#define PTE_GLOBAL 0x100ul
#define PTE_NX (1ul << 63)
#define PTE_ADDRESS 0x000ffffffffff000ul

bool tables_init(void);     // an empty root
uint64_t tables_root(void); // its physical address
// Maps one page (order 0 or ORDER_LARGE). What was mapped there before must be gone. False: no frame for a
// table.
bool table_map(uintptr_t virtual, uint64_t physical, uint64_t flags, unsigned order);
// The same for pages that follow one another.
bool table_map_pages(uintptr_t virtual, uint64_t physical, uint64_t flags, size_t pages);
// Replaces the flags of what is present in the range. False: a large page had to be split and there was no
// frame for the table.
bool table_protect(uintptr_t start, uintptr_t end, uint64_t flags);
// Makes everything absent in the range; returns the number of 4 KB pages that were present. Frames go back,
// empty tables too. A large page that is cut by the range is split first; `tables_prepare_cut` makes sure
// beforehand that this works.
size_t table_unmap(uintptr_t start, uintptr_t end);
bool table_prepare_cut(uintptr_t address);                // false: no frame for the table
uint64_t table_entry(uintptr_t virtual, unsigned *order); // the leaf entry; 0: absent
bool table_is_empty_large(uintptr_t virtual); // nothing present in the aligned 2 MB around the address
size_t table_frames(void);                    // frames in use by page tables

// ---- vma.c: which ranges of the address space are in use
// -------------------------------------------------------------

#define VMA_READ 1 // = PROT_READ, PROT_WRITE, PROT_EXEC
#define VMA_WRITE 2
#define VMA_EXEC 4
#define VMA_CHARGED 8 // the pages are promised (commit.c)
#define VMA_STACK 16  // demand-zero without a promise
#define VMA_GUARD 32  // below a stack

struct vma {
    struct vma *left, *right; // AVL tree by start
    struct vma *previous, *next;
    uintptr_t start, end;
    uintptr_t gap, widest_gap; // free bytes below this range; the widest in this subtree
    uint16_t height, flags;
};

struct vma_tree {
    struct vma *root, *first, *last;
    uintptr_t low, high; // the addresses that may be given out
    size_t count;
};

struct vma *vma_find(const struct vma_tree *tree, uintptr_t address); // the range that holds the address
struct vma *vma_find_or_next(const struct vma_tree *tree, uintptr_t address); // or else the next one above it
uintptr_t vma_find_gap(const struct vma_tree *tree, size_t length, size_t alignment); // 0: none
bool vma_reserve_nodes(size_t count); // so many inserts and splits can not fail then
void vma_insert(struct vma_tree *tree, uintptr_t start, uintptr_t end,
                uint16_t flags); // into a gap; joins equal neighbours
void vma_split(struct vma_tree *tree, struct vma *vma, uintptr_t at);
void vma_remove(struct vma_tree *tree, struct vma *vma);
void vma_set_flags(struct vma *vma, uint16_t flags);
void vma_merge_range(struct vma_tree *tree, uintptr_t start,
                     uintptr_t end); // joins equal neighbours in and around the range

// ---- space.c
// -----------------------------------------------------------------------------------------------------------

void space_init(uintptr_t low, uintptr_t high);
int image_protect(uintptr_t start, uintptr_t end,
                  int protection); // mprotect() on the image itself (layout.c)

#endif
