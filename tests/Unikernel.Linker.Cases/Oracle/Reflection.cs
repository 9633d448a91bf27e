using System.Linq.Expressions; using System.Reflection; using System.ComponentModel;
Try(() => { Expression<Func<int,int,int>> f = (a, b) => a * b + Math.Max(a, b); Console.WriteLine(f.Compile()(3, 4)); Console.WriteLine(f); });
Try(() => { var p = Expression.Parameter(typeof(P), "p"); var l = Expression.Lambda<Func<P,string>>(Expression.Property(p, "Name"), p); Console.WriteLine(l.Compile()(new P { Name = "nn" })); });
Try(() => { var q = new[] { 3, 1, 2 }.AsQueryable().Where(x => x > 1).OrderBy(x => x).Select(x => x * 2); Console.WriteLine(string.Join(",", q)); });
Try(() => { var q = new[] { "c", "a", "b" }.AsQueryable().Where(x => x != "a").OrderBy(x => x).Select(x => x + x); Console.WriteLine(string.Join(",", q)); });
Try(() => { foreach (var m in typeof(P).GetMethods(BindingFlags.Public|BindingFlags.Instance|BindingFlags.DeclaredOnly)) Console.WriteLine(m); });
Try(() => { foreach (var a in typeof(P).GetCustomAttributes(false)) Console.WriteLine(a); });
Try(() => Console.WriteLine(typeof(P).GetMethod("Hello")!.Invoke(new P(), ["x"])));
Try(() => Console.WriteLine(typeof(P).GetMethod("Hidden", BindingFlags.NonPublic|BindingFlags.Instance)?.Invoke(new P(), null)));
Try(() => Console.WriteLine(Activator.CreateInstance(Type.GetType("Q")!)));
Try(() => { IGvm g = new Gvm(); Console.WriteLine(g.M<int>(4) + g.M("s")); Base b = new Der(); Console.WriteLine(b.V<DateTime>()); });
Try(() => Console.WriteLine(Add<int>(1,2) + " " + Add<decimal>(1.5m,2))); Try(() => Console.WriteLine(I2.Def(new C2())));
Try(() => Console.WriteLine(TypeDescriptor.GetConverter(typeof(int)).ConvertFromString("42")));
Try(() => Console.WriteLine(typeof(Add2<>).MakeGenericType(typeof(string)).GetMethod("M")!.Invoke(null, ["x"])));
Try(() => throw new InvalidOperationException("with a trace"));
// What NativeAOT does not offer throws, and the rest goes on.
static void Try(Action body) { try { body(); } catch (Exception e) { Console.WriteLine(e); } }
static T Add<T>(T a, T b) where T : System.Numerics.IAdditionOperators<T,T,T> => a + b;
class Add2<T> { public static string M(T t) => typeof(T).Name + t; }
interface I2 { string D() => "def"; static string Def(I2 i) => i.D(); } class C2 : I2 {}
interface IGvm { string M<T>(T t); } class Gvm : IGvm { public string M<T>(T t) => typeof(T).Name + t; }
class Base { public virtual string V<T>() => "base"; } class Der : Base { public override string V<T>() => "der" + typeof(T).Name; }
[DescriptionAttribute("d")] class P { public string? Name { get; set; } public string Hello(string s) => "hello " + s; private int Hidden() => 1; }
class Q { public override string ToString() => "Q made"; }
