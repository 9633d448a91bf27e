namespace Unikernel.Guest;

/// <summary>Makes garbage for a while around a live structure, and checks the structure's contents at the end.</summary>
internal static class Garbage
{
    private const int Depth = 16;

    public static int Produce(long megabytes)
    {
        Node root = Node.Build(Depth, 1);
        long sum = 0;
        long bytes = 0;
        for (int i = 0; bytes < megabytes << 20; i++)
        {
            byte[] garbage = new byte[16 + ((i * 7919) & 0x1fff)];
            garbage[i % garbage.Length] = (byte)i;
            bytes += garbage.Length + 24;
            sum += garbage[i % garbage.Length];
            if (i % 64 == 0)
            {
                root.Replace(i >> 6, Depth);
            }
        }

        Console.WriteLine($"{megabytes} MB of garbage, sum {sum}, {root.Count()} live nodes, digest {root.Digest(17):x16}");
        Console.WriteLine($"collected in between: {GC.CollectionCount(0) > 0}");
        return 0;
    }

    private sealed class Node(int value)
    {
        private readonly int _value = value;
        private Node? _left;
        private Node? _right;

        public static Node Build(int depth, int value) => depth == 1
            ? new Node(value)
            : new Node(value) { _left = Build(depth - 1, value * 2), _right = Build(depth - 1, value * 2 + 1) };

        /// <summary>Puts a new leaf in place of the one that the bits of <paramref name="path"/> lead to.</summary>
        public void Replace(int path, int depth)
        {
            Node node = this;
            for (int level = depth; level > 2; level--, path >>= 1)
            {
                node = (path & 1) == 0 ? node._left! : node._right!;
            }

            if ((path & 1) == 0)
            {
                node._left = new Node(node._left!._value);
            }
            else
            {
                node._right = new Node(node._right!._value);
            }
        }

        public int Count() => 1 + (_left?.Count() ?? 0) + (_right?.Count() ?? 0);

        public ulong Digest(ulong seed)
        {
            ulong hash = (seed ^ (uint)_value) * 1099511628211;
            hash = _left?.Digest(hash) ?? hash;
            return _right?.Digest(hash + 1) ?? hash;
        }
    }
}
