using System.Collections.Concurrent; using System.Collections.Frozen; using System.Collections.Immutable; using System.Collections;
Console.WriteLine(new SortedDictionary<string, int> { ["b"] = 1, ["a"] = 2 }.First().Key + new PriorityQueue<int, int>([(1, 2), (3, 1)]).Dequeue());
Console.WriteLine(ImmutableArray.Create(1, 2).Add(3).Length + new[] { 1, 2 }.ToFrozenSet().Count + ImmutableDictionary<string, int>.Empty.Add("a", 1).Count);
var bag = new ConcurrentDictionary<string, List<int>>(); bag.GetOrAdd("x", _ => []).Add(1); Console.WriteLine(bag["x"].Count + new ConcurrentQueue<int>([1]).Count);
var table = new Hashtable { ["k"] = 1 }; foreach (DictionaryEntry e in table) Console.WriteLine(e.Key); Console.WriteLine(new ArrayList { 1, "a" }.Count + new BitArray(8).Length);
Console.WriteLine(string.Join(",", new LinkedList<int>([1, 2]).Reverse()) + new SortedSet<int>([3, 1]).Min + new Stack<int>([1]).Peek() + Enumerable.Range(0, 9).Chunk(4).Count());
