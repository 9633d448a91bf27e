Action<int> a = Console.WriteLine; a += new C().M; a(1); Func<int, Func<int, int>> add = x => y => x + y; Console.WriteLine(add(1)(2));
var c = new C(); c.Changed += (s, e) => Console.WriteLine(e.Value); c.Raise(); Delegate d = C.S; Console.WriteLine(d.DynamicInvoke(3) + d.Method.Name);
unsafe { delegate*<int, int> p = &C.S; Console.WriteLine(p(4)); } Converter<string, int> conv = int.Parse; Console.WriteLine(Array.ConvertAll(["1", "2"], conv).Sum());
Lazy<C> lazy = new(() => new C()); WeakReference<C> w = new(lazy.Value); Console.WriteLine(w.TryGetTarget(out _)); Comparison<int> cmp = (x, y) => y - x; var l = new List<int> { 1, 2 }; l.Sort(cmp);
class Args(int v) : EventArgs { public int Value => v; } class C { public event EventHandler<Args>? Changed; public void M(int i) => Console.WriteLine(i); public static int S(int i) => i; public void Raise() => Changed?.Invoke(this, new Args(5)); }
