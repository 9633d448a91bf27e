using System.ComponentModel; using System.ComponentModel.DataAnnotations; using System.Diagnostics.CodeAnalysis;
Show<Item>(); Console.WriteLine(Validator.TryValidateObject(new Item(), new ValidationContext(new Item()), [], true));
Console.WriteLine(typeof(Color).GetField(nameof(Color.Red))!.GetCustomAttribute<DescriptionAttribute>()!.Description);
static void Show<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>() { foreach (PropertyInfo p in typeof(T).GetProperties()) Console.WriteLine(p.Name + string.Join(",", p.GetCustomAttributes().Select(a => a.GetType().Name))); }
enum Color { [Description("the red one")] Red }
class Item { [Required, StringLength(5)] public string? Name { get; set; } [Range(1, 10), DefaultValue(3)] public int Count { get; set; } [My(typeof(List<int>), P = [1, 2])] public Color Color { get; set; } }
[AttributeUsage(AttributeTargets.All)] class MyAttribute(Type t) : Attribute { public int[]? P { get; set; } public override string ToString() => t.Name; }
