// The ranges of the address space that are in use: an AVL tree by address, in which each subtree knows its
// widest gap, so that both "what is at this address" and "where is the lowest free range of this length" take
// logarithmic time.
#include "inspection.h"
#include "memory.h"

INSPECTED(struct vma_tree, first, 8);
INSPECTED(struct vma, next, 24);
INSPECTED(struct vma, start, 32);
INSPECTED(struct vma, end, 40);
INSPECTED(struct vma, flags, 66);

// ---- nodes
// ---------------------------------------------------------------------------------------------------------

static struct vma *spare_nodes;
static size_t spare_count;

bool vma_reserve_nodes(size_t count) {
    while (spare_count < count) {
        uint64_t physical = frame_alloc(0);
        if (!physical)
            return false;
        struct vma *nodes = phys_to_virt(physical);
        for (size_t i = 0; i < PAGE_SIZE / sizeof *nodes; i++) {
            nodes[i].next = spare_nodes;
            spare_nodes = &nodes[i];
            spare_count++;
        }
    }
    return true;
}

static struct vma *node_take(void) {
    if (!spare_count)
        panic("memory: no VMA node was reserved");
    struct vma *node = spare_nodes;
    spare_nodes = node->next;
    spare_count--;
    return node;
}

static void node_give(struct vma *node) {
    node->next = spare_nodes;
    spare_nodes = node;
    spare_count++;
}

// ---- the balanced tree
// -------------------------------------------------------------------------------------------------

static int height(const struct vma *node) {
    return node ? node->height : 0;
}

static uintptr_t widest(const struct vma *node) {
    return node ? node->widest_gap : 0;
}

static void update(struct vma *node) {
    int left = height(node->left), right = height(node->right);
    node->height = (uint16_t)((left > right ? left : right) + 1);
    uintptr_t gap = node->gap;
    if (widest(node->left) > gap)
        gap = widest(node->left);
    if (widest(node->right) > gap)
        gap = widest(node->right);
    node->widest_gap = gap;
}

static struct vma *rotate_right(struct vma *node) {
    struct vma *top = node->left;
    node->left = top->right;
    top->right = node;
    update(node);
    update(top);
    return top;
}

static struct vma *rotate_left(struct vma *node) {
    struct vma *top = node->right;
    node->right = top->left;
    top->left = node;
    update(node);
    update(top);
    return top;
}

static struct vma *balance(struct vma *node) {
    update(node);
    int difference = height(node->left) - height(node->right);
    if (difference > 1) {
        if (height(node->left->left) < height(node->left->right))
            node->left = rotate_left(node->left);
        return rotate_right(node);
    }
    if (difference < -1) {
        if (height(node->right->right) < height(node->right->left))
            node->right = rotate_right(node->right);
        return rotate_left(node);
    }
    return node;
}

static struct vma *tree_insert(struct vma *root, struct vma *node) {
    if (!root)
        return node;
    if (node->start < root->start)
        root->left = tree_insert(root->left, node);
    else
        root->right = tree_insert(root->right, node);
    return balance(root);
}

static struct vma *tree_remove_first(struct vma *root, struct vma **first) {
    if (!root->left) {
        *first = root;
        return root->right;
    }
    root->left = tree_remove_first(root->left, first);
    return balance(root);
}

static struct vma *tree_remove(struct vma *root, struct vma *node) {
    if (node->start < root->start)
        root->left = tree_remove(root->left, node);
    else if (node->start > root->start)
        root->right = tree_remove(root->right, node);
    else {
        if (!root->right)
            return root->left;
        struct vma *successor, *right = tree_remove_first(root->right, &successor);
        successor->left = root->left;
        successor->right = right;
        root = successor;
    }
    return balance(root);
}

// Brings `gap` of a node and the maxima above it up to date after the end of the range before it moved.
static void tree_refresh(struct vma *root, const struct vma *node) {
    if (node->start < root->start)
        tree_refresh(root->left, node);
    else if (node->start > root->start)
        tree_refresh(root->right, node);
    update(root);
}

static void refresh_gap(struct vma_tree *tree, struct vma *node) {
    if (!node)
        return;
    node->gap = node->start - (node->previous ? node->previous->end : tree->low);
    tree_refresh(tree->root, node);
}

// ---- operations
// -----------------------------------------------------------------------------------------------------------

struct vma *vma_find_or_next(const struct vma_tree *tree, uintptr_t address) {
    struct vma *best = NULL;
    for (struct vma *node = tree->root; node;) {
        if (address < node->end) {
            best = node;
            node = node->left;
        } else
            node = node->right;
    }
    return best;
}

struct vma *vma_find(const struct vma_tree *tree, uintptr_t address) {
    struct vma *node = vma_find_or_next(tree, address);
    return node && node->start <= address ? node : NULL;
}

uintptr_t vma_find_gap(const struct vma_tree *tree, size_t length, size_t alignment) {
    size_t wanted = length + alignment - PAGE_SIZE; // whatever the gap's start, an aligned range fits in that
    if (wanted < length)
        return 0;
    struct vma *node = tree->root;
    if (widest(node) >= wanted)
        for (;;) {
            if (widest(node->left) >= wanted)
                node = node->left;
            else if (node->gap >= wanted)
                return ALIGN_UP(node->start - node->gap, alignment);
            else
                node = node->right;
        }
    uintptr_t at = ALIGN_UP(tree->last ? tree->last->end : tree->low, alignment);
    return at <= tree->high && tree->high - at >= length ? at : 0;
}

static void link_node(struct vma_tree *tree, struct vma *node, struct vma *previous) {
    struct vma *next = previous ? previous->next : tree->first;
    node->previous = previous;
    node->next = next;
    *(previous ? &previous->next : &tree->first) = node;
    *(next ? &next->previous : &tree->last) = node;
    node->left = node->right = NULL;
    node->gap = node->start - (previous ? previous->end : tree->low);
    update(node);
    tree->root = tree_insert(tree->root, node);
    tree->count++;
    refresh_gap(tree, next);
}

void vma_insert(struct vma_tree *tree, uintptr_t start, uintptr_t end, uint16_t flags) {
    struct vma *next = vma_find_or_next(tree, start);
    struct vma *previous = next ? next->previous : tree->last;
    struct vma *node = node_take();
    *node = (struct vma){.start = start, .end = end, .flags = flags};
    link_node(tree, node, previous);
    vma_merge_range(tree, start, end);
}

void vma_split(struct vma_tree *tree, struct vma *vma, uintptr_t at) {
    struct vma *upper = node_take();
    *upper = (struct vma){.start = at, .end = vma->end, .flags = vma->flags};
    vma->end = at;
    link_node(tree, upper, vma);
}

void vma_remove(struct vma_tree *tree, struct vma *vma) {
    tree->root = tree_remove(tree->root, vma);
    *(vma->previous ? &vma->previous->next : &tree->first) = vma->next;
    *(vma->next ? &vma->next->previous : &tree->last) = vma->previous;
    tree->count--;
    refresh_gap(tree, vma->next);
    node_give(vma);
}

void vma_set_flags(struct vma *vma, uint16_t flags) {
    vma->flags = flags;
}

void vma_merge_range(struct vma_tree *tree, uintptr_t start, uintptr_t end) {
    struct vma *node = vma_find_or_next(tree, start ? start - 1 : 0);
    while (node && node->start <= end) {
        struct vma *next = node->next;
        if (next && node->end == next->start && node->flags == next->flags) {
            uintptr_t new_end = next->end;
            vma_remove(tree, next); // widens the gap above for a moment
            node->end = new_end;
            refresh_gap(tree, node->next);
        } else
            node = next;
    }
}
