using System.Linq.Expressions; using System.Reflection; using System.ComponentModel;
Expression<Func<int,int,int>> f = (a, b) => a * b + Math.Max(a, b); Console.WriteLine(f.Compile()(3, 4)); Console.WriteLine(f);
var p = Expression.Parameter(typeof(P), "p"); var l = Expression.Lambda<Func<P,string>>(Expression.Property(p, "Name"), p); Console.WriteLine(l.Compile()(new P { Name = "nn" }));
var q = new[] { 3, 1, 2 }.AsQueryable().Where(x => x > 1).OrderBy(x => x).Select(x => x * 2); Console.WriteLine(string.Join(",", q));
foreach (var m in typeof(P).GetMethods(BindingFlags.Public|BindingFlags.Instance|BindingFlags.DeclaredOnly)) Console.WriteLine(m);
foreach (var a in typeof(P).GetCustomAttributes(false)) Console.WriteLine(a);
Console.WriteLine(typeof(P).GetMethod("Hello")!.Invoke(new P(), ["x"]));
Console.WriteLine(Activator.CreateInstance(Type.GetType("Q")!));
IGvm g = new Gvm(); Console.WriteLine(g.M<int>(4) + g.M("s")); Base b = new Der(); Console.WriteLine(b.V<DateTime>());
Console.WriteLine(Add<int>(1,2) + " " + Add<decimal>(1.5m,2)); Console.WriteLine(I2.Def(new C2()));
Console.WriteLine(TypeDescriptor.GetConverter(typeof(int)).ConvertFromString("42"));
static T Add<T>(T a, T b) where T : System.Numerics.IAdditionOperators<T,T,T> => a + b;
interface I2 { string D() => "def"; static string Def(I2 i) => i.D(); } class C2 : I2 {}
interface IGvm { string M<T>(T t); } class Gvm : IGvm { public string M<T>(T t) => typeof(T).Name + t; }
class Base { public virtual string V<T>() => "base"; } class Der : Base { public override string V<T>() => "der" + typeof(T).Name; }
[DescriptionAttribute("d")] class P { public string? Name { get; set; } public string Hello(string s) => "hello " + s; private int Hidden() => 1; }
class Q { public override string ToString() => "Q made"; }
