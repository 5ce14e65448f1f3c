//! What contexts and the things in them are called.

/// A line of business: the first word of a context's name.
pub(super) const BUSINESSES: [&str; 42] = [
    "Book",
    "Garden",
    "Toy",
    "Grocery",
    "Fashion",
    "Sport",
    "Music",
    "Office",
    "Kitchen",
    "Pharmacy",
    "Travel",
    "Lease",
    "Energy",
    "Telecom",
    "Insurance",
    "Banking",
    "Wholesale",
    "Retail",
    "Outlet",
    "Market",
    "Catering",
    "Hotel",
    "Rail",
    "Fleet",
    "Airport",
    "Harbour",
    "Campus",
    "Clinic",
    "Museum",
    "Theatre",
    "Stadium",
    "Farm",
    "Forest",
    "Mining",
    "Steel",
    "Paper",
    "Textile",
    "Chemistry",
    "Optics",
    "Robot",
    "Plumbing",
    "Lighting",
];

/// A part of any business, who works there, and the things it is about.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) actor: &'static str,
    pub(super) things: [&'static str; 3],
}

const fn part(name: &'static str, actor: &'static str, things: [&'static str; 3]) -> Part {
    Part { name, actor, things }
}

pub(super) const PARTS: [Part; 20] = [
    part("Ordering", "Customer", ["Order", "Basket", "Quote"]),
    part("Billing", "Accountant", ["Invoice", "Reminder", "CreditNote"]),
    part("Shipping", "Packer", ["Parcel", "Tour", "Pickup"]),
    part("Inventory", "Storekeeper", ["StockItem", "Transfer", "StockCount"]),
    part("Returns", "Customer", ["ReturnSlip", "Inspection", "Refund"]),
    part("Pricing", "Merchandiser", ["PriceList", "Discount", "Promotion"]),
    part("Support", "Agent", ["Ticket", "Callback", "Survey"]),
    part("Purchasing", "Buyer", ["PurchaseOrder", "Delivery", "Claim"]),
    part("Subscriptions", "Subscriber", ["Subscription", "Renewal", "Trial"]),
    part("Loyalty", "Member", ["Membership", "Voucher", "Reward"]),
    part("Staffing", "Planner", ["Shift", "Absence", "Timesheet"]),
    part("Maintenance", "Mechanic", ["WorkOrder", "Fault", "SparePart"]),
    part("Quality", "Inspector", ["Audit", "Finding", "Measure"]),
    part("Leads", "Seller", ["Lead", "Appointment", "Offer"]),
    part("Contracts", "Lawyer", ["Contract", "Clause", "Signature"]),
    part("Payments", "Cashier", ["Payment", "Payout", "Dispute"]),
    part("Identity", "Visitor", ["Registration", "Credential", "Consent"]),
    part("Catalogue", "Editor", ["Article", "Picture", "Review"]),
    part("Production", "Foreman", ["Batch", "Recipe", "Machine"]),
    part("Reporting", "Analyst", ["Report", "Forecast", "Budget"]),
];

/// `StockItem` as `stock_item`.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The table of a thing: `stock_items`, `deliveries`, `batches`.
pub(super) fn table(thing: &str) -> String {
    let one = snake(thing);
    match one.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if one.ends_with("ch") => format!("{one}es"),
        None => format!("{one}s"),
    }
}
