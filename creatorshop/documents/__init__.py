"""
Receipts, invoices and credit notes as people get them: laid out in their language, set as tagged PDF, and kept.
"""
